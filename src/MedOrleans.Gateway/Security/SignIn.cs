using System.Net;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Tenants;
using Orleans;

namespace MedOrleans.Gateway.Security;

/// <summary>What became of a client id and a secret.</summary>
internal enum SignInStatus
{
    /// <summary>Right, for the operator (no tenant) or a hospital's client.</summary>
    Right,

    /// <summary>Wrong.</summary>
    Wrong,

    /// <summary>Not looked at: too many failed within this minute.</summary>
    Blocked,
}

/// <summary>Whom a secret speaks for.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Tenant">The hospital; null for the operator.</param>
/// <param name="Scopes">What the hospital's client may do; null for the operator.</param>
internal readonly record struct SignInResult(SignInStatus Status, TenantId? Tenant = null, string? Scopes = null);

/// <summary>Holds client ids and secrets against what is kept of them: the operator's, and those of hospitals' clients.</summary>
internal sealed class SignIn(OperatorCredential administrator, FailureLimiter failures, IGrainFactory grains, ClusterRetry retry)
{
    /// <summary>Whether the secret is the client's; failures are counted.</summary>
    public async Task<SignInResult> TryAsync(string clientId, string secret, IPAddress? from)
    {
        if (clientId.Length is 0 or > 100 || secret.Length is 0 or > 200)
        {
            return new SignInResult(SignInStatus.Wrong);
        }

        // By address too: whoever knows a client id shuts out himself alone.
        var attempt = $"{clientId} {from}";
        if (failures.IsBlocked(attempt))
        {
            return new SignInResult(SignInStatus.Blocked);
        }

        if (clientId == OperatorCredential.ClientId && administrator.IsRight(clientId, secret))
        {
            return new SignInResult(SignInStatus.Right);
        }

        var dot = clientId.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0 && TenantId.TryParse(clientId[..dot], out var tenant)
            && await retry.RunAsync(() => grains.GetGrain<ITenantManagementGrain>(tenant.Value).AuthenticateAsync(clientId, secret), CancellationToken.None) is { } granted)
        {
            return new SignInResult(SignInStatus.Right, tenant, granted);
        }

        failures.Failed(attempt);
        return new SignInResult(SignInStatus.Wrong);
    }
}
