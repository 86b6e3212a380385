using MedOrleans.Security;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.Gateway.Security;

/// <summary>Issues access tokens: who, which hospital, what for, until when.</summary>
internal sealed class TokenIssuer(TokenKeys keys, SecurityOptions options, TimeProvider time)
{
    /// <summary>The audience of this cluster's tokens.</summary>
    public const string Audience = "medorleans";

    /// <summary>The scope of the operator's tokens.</summary>
    public const string OperatorScope = "operator";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials _credentials = new(keys.Key, SecurityAlgorithms.EcdsaSha256);

    /// <summary>A token for a hospital's client; for the operator where <paramref name="tenant"/> is null.</summary>
    public string Issue(TenantId? tenant, string clientId, string scopes)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var claims = new Dictionary<string, object>
        {
            [JwtRegisteredClaimNames.Sub] = clientId,
            ["client_id"] = clientId,
            ["scope"] = scopes,
            [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString("N"),
        };
        if (tenant is { } hospital)
        {
            claims["tenant"] = hospital.Value;
        }

        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Issuer,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + options.TokenLifetime,
            Claims = claims,
            SigningCredentials = _credentials,
        });
    }
}
