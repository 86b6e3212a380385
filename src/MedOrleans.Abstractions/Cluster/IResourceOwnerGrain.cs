using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Cluster;

/// <summary>
/// The one place where a resource that exists changes, for the cluster's own gateways. The grain's key is a
/// <see cref="ResourceKey"/>, its class <c>patient</c>, <c>encounter</c> or <c>record</c> (see <see cref="ResourceOwners"/>).
/// </summary>
[Alias("MedOrleans.IResourceOwnerGrain")]
public interface IResourceOwnerGrain : IGrainWithStringKey
{
    /// <summary>The current version, from memory or by one primary-key read; null where the resource was never made.</summary>
    [Alias("ReadCurrent")]
    ValueTask<StoredVersion?> ReadCurrentAsync();

    /// <summary>Commits an update or a deletion.</summary>
    [Alias("Write")]
    Task<WriteReply> WriteAsync(WriteCommand command);

    /// <summary>
    /// Holds reads and writes of this resource while a transaction that changes it is decided, and says what is current.
    /// A hold whose holder died ends by itself after <paramref name="limit"/>; the store's compare-and-set stays the last word.
    /// </summary>
    [Alias("Hold")]
    Task<StoredVersion?> HoldAsync(Guid transaction, TimeSpan limit);

    /// <summary>Ends a hold; what is current is read from the store again.</summary>
    [Alias("Release"), AlwaysInterleave]
    Task ReleaseAsync(Guid transaction);
}

/// <summary>
/// Takes in what has no owner yet: creates and transactions. The key is the tenant. It holds no state; the store's
/// compare-and-set on version 0 keeps two creates of one id apart.
/// </summary>
[Alias("MedOrleans.IIntakeGrain")]
public interface IIntakeGrain : IGrainWithStringKey
{
    /// <summary>Commits a resource whose id was just given out.</summary>
    [Alias("Create")]
    Task<WriteReply> CreateAsync(WriteCommand command);

    /// <summary>Commits all items or none, as one durable transaction.</summary>
    [Alias("Transact")]
    Task<TransactionReply> TransactAsync(TransactionCommand command);
}

/// <summary>
/// Puts conditional creates of one condition in a row, so that two at once make one resource. The key is
/// <c>{tenant}/{Type}?{query}</c>.
/// </summary>
[Alias("MedOrleans.IConditionalCreateGrain")]
public interface IConditionalCreateGrain : IGrainWithStringKey
{
    /// <summary>Creates the resource unless one matches <paramref name="query"/>.</summary>
    [Alias("CreateIfNone")]
    Task<WriteReply> CreateIfNoneAsync(string query, WriteCommand command);
}

/// <summary>What a write does.</summary>
public enum WriteKind
{
    /// <summary>Makes a resource that isn't there.</summary>
    Create,

    /// <summary>Makes the next version, or the first.</summary>
    Update,

    /// <summary>Makes a version that is a deletion.</summary>
    Delete,
}

/// <summary>One write of one resource.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.WriteCommand")]
public sealed record WriteCommand
{
    /// <summary>What it does.</summary>
    [Id(0)]
    public required WriteKind Kind { get; init; }

    /// <summary>What to store; null for a deletion.</summary>
    [Id(1)]
    public PreparedResource? Resource { get; init; }

    /// <summary>The version that must be current; null to take whichever is.</summary>
    [Id(2)]
    public long? IfMatch { get; init; }

    /// <summary>Who asks.</summary>
    [Id(3)]
    public required Caller Caller { get; init; }

    /// <summary>Names the command: after an unknown outcome it is sent again under the same id, and has one effect.</summary>
    [Id(4)]
    public required Guid CommandId { get; init; }

    /// <summary>The bytes received for it, metered as <c>network.in</c>.</summary>
    [Id(5)]
    public int BytesIn { get; init; }

    /// <summary>Whether it takes the resource back to an earlier state, as part of a restore: what nobody else may do meanwhile.</summary>
    [Id(6)]
    public bool IsRestore { get; init; }

    /// <summary>Whether it was sent before and its outcome is unknown: then it is looked for among the versions that are there already.</summary>
    [Id(7)]
    public bool IsRepeat { get; init; }
}

/// <summary>One write within a transaction.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Type">The resource type.</param>
/// <param name="Id">The logical id.</param>
/// <param name="Resource">What to store; null for a deletion.</param>
/// <param name="IfMatch">The version that must be current; null to take whichever is.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.TransactionItem")]
public sealed record TransactionItem(
    [property: Id(0)] WriteKind Kind,
    [property: Id(1)] string Type,
    [property: Id(2)] string Id,
    [property: Id(3)] PreparedResource? Resource,
    [property: Id(4)] long? IfMatch = null);

/// <summary>Writes that are committed together or not at all; no resource is in it twice.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TransactionCommand")]
public sealed record TransactionCommand
{
    /// <summary>The writes.</summary>
    [Id(0)]
    public required IReadOnlyList<TransactionItem> Items { get; init; }

    /// <summary>Who asks.</summary>
    [Id(1)]
    public required Caller Caller { get; init; }

    /// <summary>Names the command, as in <see cref="WriteCommand.CommandId"/>.</summary>
    [Id(2)]
    public required Guid CommandId { get; init; }

    /// <summary>The bytes received for it.</summary>
    [Id(3)]
    public int BytesIn { get; init; }

    /// <summary>Whether it was sent before, as in <see cref="WriteCommand.IsRepeat"/>.</summary>
    [Id(4)]
    public bool IsRepeat { get; init; }
}

/// <summary>The reply to a transaction.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TransactionReply")]
public sealed record TransactionReply
{
    /// <summary>Whether everything was committed; nothing was otherwise.</summary>
    [Id(0)]
    public required bool Committed { get; init; }

    /// <summary>One reply an item, in order; where nothing was committed, the refused items say why.</summary>
    [Id(1)]
    public IReadOnlyList<WriteReply> Items { get; init; } = [];
}

/// <summary>Finds the grain that owns a resource.</summary>
public static class ResourceOwners
{
    /// <summary>The grain type of a resource type's owners.</summary>
    public static string GrainTypeOf(string resourceType) => resourceType switch
    {
        "Patient" => "patient",
        "Encounter" => "encounter",
        _ => "record",
    };

    /// <summary>The owner of <paramref name="key"/>.</summary>
    public static IResourceOwnerGrain GetOwner(this IGrainFactory grains, ResourceKey key) =>
        grains.GetGrain<IResourceOwnerGrain>(GrainId.Create(GrainTypeOf(key.Type), key.ToString()));
}
