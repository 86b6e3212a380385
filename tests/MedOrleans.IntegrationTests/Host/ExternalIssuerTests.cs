using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>Tokens of a hospital's own identity provider.</summary>
public sealed class ExternalIssuerTests
{
    [Fact]
    public async Task Token_OfAConfiguredIssuer_OpensWhatItMayAndNothingElse()
    {
        await using var issuer = await Issuer.StartAsync();
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["MEDORLEANS__Security__ExternalIssuers__0__Authority"] = issuer.Address,
            ["MEDORLEANS__Security__ExternalIssuers__0__Audience"] = "medorleans-north",
            ["MEDORLEANS__Security__ExternalIssuers__0__RequireHttpsMetadata"] = "false",
            ["MEDORLEANS__Security__ExternalIssuers__0__TenantClaim"] = "hospital",
            ["MEDORLEANS__Security__ExternalIssuers__0__Tenants__0"] = "north",
        });
        using var north = await host.CreateTenantAsync("north");
        using var south = await host.CreateTenantAsync("south");
        var id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");

        var right = issuer.Token("medorleans-north", "north", "openid system/Patient.rs");
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(host, right, $"/fhir/north/Patient/{id}"));
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(host, right, "/fhir/north/Observation"));
        Assert.Equal(HttpStatusCode.NotFound, await ReadAsync(host, right, "/fhir/south/Patient"));
        Assert.Equal(HttpStatusCode.Forbidden, await ReadAsync(host, right, "/admin/tenants"));

        string[] wrong =
        [
            issuer.Token("another", "north", "system/*.cruds"),
            issuer.Token("medorleans-north", "south", "system/*.cruds"),
            issuer.Token("medorleans-north", "north", "system/*.cruds", DateTime.UnixEpoch.AddYears(50)),
            issuer.Token("medorleans-north", "north", "system/*.cruds", own: false),
            issuer.Token("medorleans-north", "NORTH", "system/*.cruds"),
            issuer.Token("medorleans", "north", "operator"),
            right[..right.LastIndexOf('.')] + ".",
            "eyJhbGciOiJub25lIn0." + right.Split('.')[1] + ".",
        ];
        foreach (var token in wrong)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(host, token, "/fhir/north/Patient"));
            Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(host, token, "/fhir/south/Patient"));
            Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(host, token, "/admin/tenants"));
        }
    }

    private static async Task<HttpStatusCode> ReadAsync(HostProcess host, string token, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await host.Client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>An identity provider of two documents and one key.</summary>
    private sealed class Issuer : IAsyncDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly ECDsa _foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly WebApplication _app;

        private Issuer()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            _app = builder.Build();
            _app.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = Address, jwks_uri = Address + "/keys" }));
            _app.MapGet("/keys", () =>
            {
                var point = _key.ExportParameters(false).Q;
                return Results.Json(new { keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", kid = "one", x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } } });
            });
        }

        public string Address => _app.Urls.First();

        public static async Task<Issuer> StartAsync()
        {
            var issuer = new Issuer();
            await issuer._app.StartAsync();
            return issuer;
        }

        /// <summary>A token good for an hour; signed with a key that is not published unless <paramref name="own"/>.</summary>
        public string Token(string audience, string tenant, string scope, DateTime? expires = null, bool own = true)
        {
            var end = expires ?? TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(1);
            return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Address,
                Audience = audience,
                NotBefore = end.AddHours(-2),
                Expires = end,
                Claims = new Dictionary<string, object> { ["sub"] = "ward-7", ["hospital"] = tenant, ["scope"] = scope },
                SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(own ? _key : _foreign) { KeyId = "one" }, SecurityAlgorithms.EcdsaSha256),
            });
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _key.Dispose();
            _foreign.Dispose();
        }
    }
}
