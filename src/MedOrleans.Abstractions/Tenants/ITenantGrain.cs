using MedOrleans.Plans;
using MedOrleans.Security;

namespace MedOrleans.Tenants;

/// <summary>A hospital, as its own frontends see it. The key is the tenant's slug.</summary>
[TenantFacing]
[Alias("MedOrleans.ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>The hospital; null where there is none of that slug.</summary>
    [Alias("Get")]
    Task<TenantSummary?> GetAsync();
}

/// <summary>A hospital, as the operator handles it: reached through the admin API, never by a client. The key is the slug.</summary>
[Alias("MedOrleans.ITenantManagementGrain")]
public interface ITenantManagementGrain : IGrainWithStringKey
{
    /// <summary>The hospital; null where there is none of that slug.</summary>
    [Alias("Show")]
    Task<TenantSummary?> ShowAsync();

    /// <summary>Creates the hospital, places it in a database and makes its first client credentials.</summary>
    [Alias("Create")]
    Task<TenantReply> CreateAsync(CreateTenant command);

    /// <summary>Refuses writes until the hospital is resumed.</summary>
    [Alias("Suspend")]
    Task<TenantReply> SuspendAsync();

    /// <summary>Opens a suspended hospital again.</summary>
    [Alias("Resume")]
    Task<TenantReply> ResumeAsync();

    /// <summary>Refuses writes as its budget's hard cap is reached.</summary>
    [Alias("Cap")]
    Task<TenantReply> CapAsync();

    /// <summary>Opens the hospital again where its budget's hard cap has stopped it, and nobody else since.</summary>
    [Alias("Uncap")]
    Task<TenantReply> UncapAsync();

    /// <summary>Closes the hospital: until its grace period is over it can be read, exported and reopened.</summary>
    [Alias("Close")]
    Task<TenantReply> CloseAsync();

    /// <summary>Takes a close back, while the grace period lasts; the hospital stands where it stood.</summary>
    [Alias("Reopen")]
    Task<TenantReply> ReopenAsync();

    /// <summary>Refuses writes while the record is taken back to an earlier moment.</summary>
    [Alias("BeginRestore")]
    Task<TenantReply> BeginRestoreAsync();

    /// <summary>Takes <see cref="BeginRestoreAsync"/> back; nothing happens where no restore is under way.</summary>
    [Alias("EndRestore")]
    Task EndRestoreAsync();

    /// <summary>Decides that the hospital is deleted: from then on nothing answers, and there is no way back.</summary>
    [Alias("Delete")]
    Task<TenantReply> DeleteAsync(DeleteTenant command);

    /// <summary>Shuts the hospital whose deletion has been decided, for good; the first step of the deletion, once or often.</summary>
    [Alias("Shut")]
    Task ShutAsync();

    /// <summary>Keeps of the hospital only what statements need; the last step of the deletion, once or often.</summary>
    [Alias("Bury")]
    Task BuryAsync();

    /// <summary>What statements need to know of the hospital, after its deletion too; null where there never was one.</summary>
    [Alias("Billing")]
    Task<TenantBilling?> BillingAsync();

    /// <summary>Gives the hospital another plan, from now on.</summary>
    [Alias("ChangePlan")]
    Task<TenantReply> ChangePlanAsync(string planId);

    /// <summary>Moves the hospital to the silos of another pool while it works; its record stays in its database. To be sent again where it was cut off.</summary>
    [Alias("MoveToPool")]
    Task<TenantReply> MoveToPoolAsync(string pool);

    /// <summary>The plans that the hospital has had, oldest first, each until the next begins; empty where there is no such hospital.</summary>
    [Alias("PlanHistory")]
    Task<IReadOnlyList<PlanPeriod>> PlanHistoryAsync();

    /// <summary>Makes further client credentials.</summary>
    /// <param name="name">What they are for, "ward frontend".</param>
    /// <param name="scopes">SMART system scopes parted by spaces.</param>
    [Alias("AddClient")]
    Task<TenantReply> AddClientAsync(string name, string scopes);

    /// <summary>Takes client credentials out of use; tokens out already live on until they expire.</summary>
    [Alias("RemoveClient")]
    Task<TenantReply> RemoveClientAsync(string clientId);

    /// <summary>Gives client credentials another secret; the former one is good for a while longer, so that no frontend stops.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="overlap">How long the former secret is good, up to a day.</param>
    [Alias("RotateClient")]
    Task<TenantReply> RotateClientAsync(string clientId, TimeSpan overlap);

    /// <summary>The client credentials in use, without secrets.</summary>
    [Alias("Clients")]
    Task<IReadOnlyList<ClientSummary>> ClientsAsync();

    /// <summary>The scopes of a client whose secret is right and whose hospital isn't closed; null otherwise.</summary>
    [Alias("Authenticate")]
    Task<string?> AuthenticateAsync(string clientId, string secret);
}

/// <summary>Creates a hospital.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CreateTenant")]
public sealed record CreateTenant
{
    /// <summary>The name for people.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>The pool; null for <c>community</c>.</summary>
    [Id(1)]
    public string? Pool { get; init; }

    /// <summary>The database that is to keep its record; null for the least loaded of the pool.</summary>
    [Id(2)]
    public string? Database { get; init; }

    /// <summary>The scopes of its first client credentials.</summary>
    [Id(3)]
    public string Scopes { get; init; } = "system/*.cruds";

    /// <summary>The plan; null for <see cref="IPlanCatalogGrain.DefaultPlan"/>.</summary>
    [Id(4)]
    public string? Plan { get; init; }

    /// <summary>
    /// The invitation that it is created by; null by the operator. The same command by the same invitation within a quarter of an hour is a
    /// retry, and gets credentials anew.
    /// </summary>
    [Id(5)]
    public string? Invitation { get; init; }
}

/// <summary>Deletes a hospital, and leaves nothing of its record.</summary>
/// <param name="Confirmation">The hospital's name, written out by whoever wants this.</param>
/// <param name="Force">Whether it is deleted although it is not closed, or its grace period is not over.</param>
/// <param name="By">The client id that asks.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.DeleteTenant")]
public sealed record DeleteTenant([property: Id(0)] string Confirmation, [property: Id(1)] bool Force, [property: Id(2)] string By);

/// <summary>What statements need to know of a hospital.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Database">The database that keeps its usage.</param>
/// <param name="Plans">The plans that it has had, oldest first.</param>
/// <param name="Until">When it was deleted, UTC; null unless it is.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantBilling")]
public sealed record TenantBilling(
    [property: Id(0)] string Name, [property: Id(1)] string Database, [property: Id(2)] IReadOnlyList<PlanPeriod> Plans, [property: Id(3)] DateTimeOffset? Until = null);

/// <summary>What became of a tenant command.</summary>
public enum TenantReplyStatus
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is a hospital of that slug already.</summary>
    AlreadyExists,

    /// <summary>There is no hospital (or client) of that name.</summary>
    NotFound,

    /// <summary>The hospital's state forbids the step.</summary>
    NotAllowed,

    /// <summary>An argument is wrong; <see cref="TenantReply.Detail"/> says which.</summary>
    Invalid,
}

/// <summary>The reply to a tenant command.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantReply")]
public sealed record TenantReply
{
    /// <summary>What became of it.</summary>
    [Id(0)]
    public required TenantReplyStatus Status { get; init; }

    /// <summary>The hospital afterwards.</summary>
    [Id(1)]
    public TenantSummary? Tenant { get; init; }

    /// <summary>New credentials, shown this once.</summary>
    [Id(2)]
    public ClientCredentials? Credentials { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(3)]
    public string? Detail { get; init; }
}

/// <summary>OAuth2 client credentials, shown once.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ClientCredentials")]
public sealed record ClientCredentials(
    [property: Id(0)] string ClientId,
    [property: Id(1)] string ClientSecret,
    [property: Id(2)] string Scopes);

/// <summary>Client credentials without their secret.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ClientSummary")]
public sealed record ClientSummary(
    [property: Id(0)] string ClientId,
    [property: Id(1)] string Name,
    [property: Id(2)] string Scopes,
    [property: Id(3)] DateTimeOffset Created);
