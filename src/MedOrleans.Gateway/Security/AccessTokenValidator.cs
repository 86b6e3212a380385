using System.Collections.Concurrent;
using MedOrleans.Security;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.Gateway.Security;

/// <summary>
/// Proves tokens of the cluster's own and of configured issuers. A proven token is remembered until it ends, as its signature would
/// cost more than the rest of a read.
/// </summary>
internal sealed class AccessTokenValidator : IAccessTokenValidator
{
    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<string, AccessPrincipal> _proven = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };
    private readonly Dictionary<string, (ExternalIssuerOptions Options, ConfigurationManager<OpenIdConnectConfiguration> Keys)> _external = new(StringComparer.Ordinal);
    private readonly TokenValidationParameters _own;
    private readonly TimeProvider _time;

    public AccessTokenValidator(TokenKeys keys, SecurityOptions options, TimeProvider time)
    {
        _time = time;
        _own = Parameters(options.Issuer, TokenIssuer.Audience);
        _own.IssuerSigningKey = keys.Key;
        _own.ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256];
        foreach (var issuer in options.ExternalIssuers)
        {
            _external.Add(issuer.Authority.TrimEnd('/'), (issuer, new ConfigurationManager<OpenIdConnectConfiguration>(
                issuer.DiscoveryAddress, new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever { RequireHttps = issuer.RequireHttpsMetadata })));
        }
    }

    public ValueTask<AccessPrincipal?> ValidateAsync(string token)
    {
        if (_proven.TryGetValue(token, out var principal))
        {
            if (_time.GetUtcNow() < principal.Expires)
            {
                return ValueTask.FromResult<AccessPrincipal?>(principal);
            }

            _proven.TryRemove(token, out _);
            return ValueTask.FromResult<AccessPrincipal?>(null);
        }

        return new ValueTask<AccessPrincipal?>(ProveAsync(token));
    }

    private async Task<AccessPrincipal?> ProveAsync(string token)
    {
        if (!_handler.CanReadToken(token))
        {
            return null;
        }

        var issuer = _handler.ReadJsonWebToken(token).Issuer;
        var principal = issuer == _own.ValidIssuer
            ? await OwnAsync(token)
            : _external.TryGetValue(issuer.TrimEnd('/'), out var known) ? await ExternalAsync(token, known.Options, known.Keys) : null;
        if (principal is not null)
        {
            if (_proven.Count >= MostRemembered)
            {
                _proven.Clear();
            }

            _proven.TryAdd(token, principal);
        }

        return principal;
    }

    private async Task<AccessPrincipal?> OwnAsync(string token)
    {
        var result = await _handler.ValidateTokenAsync(token, _own);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
        {
            return null;
        }

        var scopes = Claim(jwt, "scope") ?? "";
        return scopes == TokenIssuer.OperatorScope
            ? new AccessPrincipal(null, jwt.Subject, ScopeSet.TryParse("", out _)!, jwt.ValidTo, IsOperator: true)
            : Tenant(jwt, "tenant", scopes);
    }

    private async Task<AccessPrincipal?> ExternalAsync(
        string token, ExternalIssuerOptions options, ConfigurationManager<OpenIdConnectConfiguration> keys)
    {
        var parameters = Parameters(options.Authority, options.Audience);
        parameters.ValidIssuers = [options.Authority.TrimEnd('/'), options.Authority.TrimEnd('/') + "/"];
        parameters.ConfigurationManager = keys;
        var result = await _handler.ValidateTokenAsync(token, parameters);

        // An issuer is believed about hospitals, never about the operator.
        return result.IsValid && result.SecurityToken is JsonWebToken jwt
            && Tenant(jwt, options.TenantClaim, SystemScopes(Claim(jwt, options.ScopeClaim))) is { } principal
            && (options.Tenants.Count == 0 || options.Tenants.Contains(principal.Tenant!.Value.Value))
            ? principal
            : null;
    }

    private static AccessPrincipal? Tenant(JsonWebToken jwt, string tenantClaim, string scopes) =>
        TenantId.TryParse(Claim(jwt, tenantClaim), out var tenant) && ScopeSet.TryParse(scopes, out _) is { } set
            ? new AccessPrincipal(tenant, Claim(jwt, "client_id") ?? Claim(jwt, "azp") ?? jwt.Subject ?? "unknown", set, jwt.ValidTo)
            : null;

    /// <summary>Of an issuer's scopes those that are ours: it may use others for itself.</summary>
    private static string SystemScopes(string? scopes) => string.Join(
        ' ', (scopes ?? "").Split(' ').Where(scope => scope.StartsWith("system/", StringComparison.Ordinal)));

    private static string? Claim(JsonWebToken jwt, string name) =>
        jwt.TryGetPayloadValue<string>(name, out var value) ? value
        : jwt.TryGetPayloadValue<string[]>(name, out var values) ? string.Join(' ', values)
        : null;

    private TokenValidationParameters Parameters(string issuer, string audience) => new()
    {
        ValidIssuer = issuer,
        ValidAudience = audience,
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        ClockSkew = TimeSpan.Zero,
        LifetimeValidator = (notBefore, expires, _, _) =>
        {
            // A few seconds, as the clocks of two hosts may differ by them.
            var now = _time.GetUtcNow().UtcDateTime;
            return expires > now && (notBefore is null || notBefore <= now.AddSeconds(10));
        },
    };
}
