using System.Globalization;
using System.Security.Claims;
using MedOrleans.Gateway.Security;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.Gateway.Console;

/// <summary>Who is signed in at the console.</summary>
/// <param name="Tenant">The hospital; null for the operator.</param>
/// <param name="ClientId">The client id.</param>
/// <param name="Expires">When the session ends, UTC.</param>
internal sealed record ConsoleSession(TenantId? Tenant, string ClientId, DateTimeOffset Expires)
{
    /// <summary>Whether it is the operator's.</summary>
    public bool IsOperator => Tenant is null;

    /// <summary>Whether a hospital's page may be looked at.</summary>
    public bool MaySee(string? tenant) => IsOperator || Tenant!.Value.Value == tenant;

    /// <summary>The session as a connection carries it.</summary>
    public ClaimsPrincipal ToUser() => new(new ClaimsIdentity(
        [new Claim("client_id", ClientId), new Claim("tenant", Tenant?.Value ?? ""), new Claim("exp", Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))], "console"));

    /// <summary>The session of a connection; null where none has been proven on it.</summary>
    public static ConsoleSession? Of(ClaimsPrincipal user)
    {
        if (user.Identity is not { AuthenticationType: "console" }
            || user.FindFirst("client_id")?.Value is not { } client || user.FindFirst("tenant")?.Value is not { } slug
            || !long.TryParse(user.FindFirst("exp")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
        {
            return null;
        }

        // An empty claim is the operator's; one that is no slug is nobody's.
        TenantId? tenant = slug.Length == 0 ? null : TenantId.Parse(slug);
        return new ConsoleSession(tenant, client, DateTimeOffset.FromUnixTimeSeconds(expires));
    }
}

/// <summary>
/// Makes and proves session cookies: tokens signed by the cluster's key, so that every gateway believes what one has proven. Their audience is
/// the console's own: the cookie is no bearer token, and no bearer token is a cookie.
/// </summary>
internal sealed class ConsoleSessions(TokenKeys keys, SecurityOptions security, ConsoleOptions options, TimeProvider time)
{
    private const string Audience = "medorleans-console";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };
    private readonly SigningCredentials _credentials = new(keys.Key, SecurityAlgorithms.EcdsaSha256);

    /// <summary>A new session.</summary>
    public (string Cookie, ConsoleSession Session) Start(TenantId? tenant, string clientId)
    {
        var now = time.GetUtcNow();
        var session = new ConsoleSession(tenant, clientId, now + options.SessionLifetime);
        var claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = clientId, ["tenant"] = tenant?.Value ?? "" };
        return (_handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = security.Issuer,
            Audience = Audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = session.Expires.UtcDateTime,
            Claims = claims,
            SigningCredentials = _credentials,
        }), session);
    }

    /// <summary>The session of a cookie; null where it is not valid, or has ended.</summary>
    public async Task<ConsoleSession?> FindAsync(string? cookie)
    {
        if (string.IsNullOrEmpty(cookie) || cookie.Length > 4096)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(cookie, new TokenValidationParameters
        {
            ValidIssuer = security.Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = keys.Key,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.Zero,
            LifetimeValidator = (_, expires, _, _) => expires > time.GetUtcNow().UtcDateTime,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt || !jwt.TryGetPayloadValue<string>("tenant", out var slug))
        {
            return null;
        }

        TenantId? hospital = null;
        if (slug.Length > 0)
        {
            if (!TenantId.TryParse(slug, out var tenant))
            {
                return null;
            }

            hospital = tenant;
        }

        return new ConsoleSession(hospital, jwt.Subject, jwt.ValidTo);
    }
}
