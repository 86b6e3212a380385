using System.Text.Json;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Where and how a client gets its token (SMART App Launch 2.0, conformance.html).</summary>
internal static class SmartConfiguration
{
    private static readonly string[] s_grants = ["client_credentials"];
    private static readonly string[] s_methods = ["client_secret_basic", "client_secret_post"];
    private static readonly string[] s_scopes = ["system/*.cruds", "system/*.rs", "system/*.read", "system/*.write", "system/{Type}.cruds"];
    private static readonly string[] s_capabilities = ["client-confidential-symmetric", "permission-v1", "permission-v2"];

    /// <summary>The document of a gateway at <paramref name="root"/>.</summary>
    public static byte[] Of(string root) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
    {
        ["token_endpoint"] = root + "/oauth2/token",
        ["grant_types_supported"] = s_grants,
        ["token_endpoint_auth_methods_supported"] = s_methods,
        ["scopes_supported"] = s_scopes,
        ["capabilities"] = s_capabilities,
    });
}
