using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Serialization;
using MedOrleans.Metering.Usage;
using MedOrleans.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Security;

/// <summary>The token endpoint (RFC 6749, client credentials).</summary>
internal static class OAuthEndpoints
{
    private const int MaxForm = 8192;

    /// <summary>Maps <c>POST /oauth2/token</c>.</summary>
    public static void MapOAuth(this IEndpointRouteBuilder app) =>
        app.MapPost("/oauth2/token", TokenAsync).AllowAnonymous().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxForm)).WithTags("OAuth2");

    private static async Task<IResult> TokenAsync(
        HttpContext context, TokenIssuer issuer, SignIn signIn, SecurityOptions options, UsageCounters usage)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (await FormAsync(context) is not { } form)
        {
            return Error(400, "invalid_request", "The request is a form (application/x-www-form-urlencoded) of up to 8 KiB.");
        }

        if (form["grant_type"] != "client_credentials")
        {
            return Error(400, "unsupported_grant_type", "The grant type is client_credentials.");
        }

        var (clientId, secret) = Basic(context.Request.Headers.Authorization) ?? (form["client_id"].ToString(), form["client_secret"].ToString());
        var result = await signIn.TryAsync(clientId, secret, context.Connection.RemoteIpAddress);
        if (result.Status == SignInStatus.Blocked)
        {
            context.Response.Headers.RetryAfter = "60";
            return Error(429, "slow_down", "Too many failed attempts for this client; try again in a minute.");
        }

        if (result.Status == SignInStatus.Wrong)
        {
            return Refused(context);
        }

        var wanted = form["scope"].ToString();
        if (result is not { Tenant: { } tenant, Scopes: { } granted })
        {
            return wanted is "" or TokenIssuer.OperatorScope
                ? Issued(issuer.Issue(null, clientId, TokenIssuer.OperatorScope), TokenIssuer.OperatorScope, options)
                : Error(400, "invalid_scope", "The operator's scope is 'operator'; a hospital's record needs the hospital's credentials.");
        }

        if (wanted.Length == 0)
        {
            usage.For(tenant).Add(Counted.Session);
            return Issued(issuer.Issue(tenant, clientId, granted), granted, options);
        }

        if (ScopeSet.TryParse(wanted, out var wrong) is not { } narrower)
        {
            return Error(400, "invalid_scope", string.Create(CultureInfo.InvariantCulture, $"'{wrong}' is not a SMART system scope."));
        }

        if (!narrower.IsWithin(ScopeSet.TryParse(granted, out _)!))
        {
            return Error(400, "invalid_scope", $"The client's scopes are: {granted}");
        }

        usage.For(tenant).Add(Counted.Session);
        return Issued(issuer.Issue(tenant, clientId, wanted), wanted, options);
    }

    /// <summary>The request's form; null where there is none that can be read.</summary>
    private static async Task<IFormCollection?> FormAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return null;
        }

        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private static (string Id, string Secret)? Basic(string? header)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || !"Basic".Equals(value.Scheme, StringComparison.OrdinalIgnoreCase) || value.Parameter is null)
        {
            return null;
        }

        var bytes = new byte[value.Parameter.Length];
        if (!Convert.TryFromBase64String(value.Parameter, bytes, out var length))
        {
            return null;
        }

        // RFC 6749, 2.3.1: both parts are form-encoded.
        return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var id, var secret]
            ? (Uri.UnescapeDataString(id), Uri.UnescapeDataString(secret))
            : null;
    }

    private static IResult Issued(string token, string scopes, SecurityOptions options) =>
        Results.Json(new TokenReply(token, "Bearer", (int)options.TokenLifetime.TotalSeconds, scopes));

    private static IResult Refused(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"medorleans\"";
        return Error(401, "invalid_client", "The client id or its secret is wrong.");
    }

    private static IResult Error(int status, string error, string description) =>
        Results.Json(new TokenError(error, description), statusCode: status);

    private sealed record TokenReply(
        [property: JsonPropertyName("access_token")] string AccessToken,
        [property: JsonPropertyName("token_type")] string TokenType,
        [property: JsonPropertyName("expires_in")] int ExpiresIn,
        [property: JsonPropertyName("scope")] string Scope);

    private sealed record TokenError(
        [property: JsonPropertyName("error")] string Error,
        [property: JsonPropertyName("error_description")] string Description);
}
