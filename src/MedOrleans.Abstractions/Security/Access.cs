namespace MedOrleans.Security;

/// <summary>What a caller wants to do with a resource type: the letters of a SMART v2 scope.</summary>
[Flags]
public enum Interaction
{
    /// <summary>Nothing in particular: any valid token of the tenant will do.</summary>
    None = 0,

    /// <summary>c</summary>
    Create = 1,

    /// <summary>r: read, vread, instance history.</summary>
    Read = 2,

    /// <summary>u</summary>
    Update = 4,

    /// <summary>d</summary>
    Delete = 8,

    /// <summary>s: search, type and system history.</summary>
    Search = 16,

    /// <summary>cruds</summary>
    All = Create | Read | Update | Delete | Search,
}

/// <summary>
/// Marks a grain interface that clients may call with a token of the tenant that leads the grain's key. An interface
/// without this mark answers the cluster's own processes alone.
/// </summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class TenantFacingAttribute : Attribute;

/// <summary>The interaction that a tenant-facing method needs in the token's scopes, for the resource type that it is about.</summary>
/// <param name="interaction">The interaction.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresAttribute(Interaction interaction) : Attribute
{
    /// <summary>The interaction.</summary>
    public Interaction Interaction { get; } = interaction;
}

/// <summary>Whom a valid token speaks for.</summary>
/// <param name="Tenant">The hospital; null for the operator.</param>
/// <param name="ClientId">The client credentials' id: the agent in the audit trail.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="Expires">When the token ends, UTC.</param>
/// <param name="IsOperator">Whether it may use the admin API.</param>
public sealed record AccessPrincipal(TenantId? Tenant, string ClientId, ScopeSet Scopes, DateTimeOffset Expires, bool IsOperator = false);

/// <summary>Proves a bearer token: signature, issuer, lifetime. The only evidence of a tenant that anything takes.</summary>
public interface IAccessTokenValidator
{
    /// <summary>Whom <paramref name="token"/> speaks for; null where it is not valid.</summary>
    ValueTask<AccessPrincipal?> ValidateAsync(string token);
}

/// <summary>Names of what travels in a grain call's <see cref="RequestContext"/>.</summary>
public static class CallCredentials
{
    /// <summary>The tenant's access token, sent by a client.</summary>
    public const string AccessToken = "medorleans.access-token";

    /// <summary>The cluster's secret, sent by its own silos and gateways.</summary>
    public const string ClusterSecret = "medorleans.cluster-secret";

    /// <summary>The client id that the call is made for, once a silo has proven it; what a client sends under this name is dropped.</summary>
    public const string Agent = "medorleans.agent";

    /// <summary>What that client may do, as a silo has proven it; what a client sends under this name is dropped.</summary>
    public const string Scopes = "medorleans.scopes";
}
