namespace MedOrleans.Rating;

/// <summary>
/// The statement of one hospital and month, for the cluster's own edge. The key is <c>tenant/yyyy-MM</c>. Calls go from a month to earlier ones
/// only.
/// </summary>
[Alias("MedOrleans.IStatementGrain")]
public interface IStatementGrain : IGrainWithStringKey
{
    /// <summary>The statement: as it was closed, or the draft of now.</summary>
    [Alias("Show")]
    Task<StatementReply> ShowAsync();

    /// <summary>The statement's head, for lists; null where it is open.</summary>
    [Alias("Head")]
    Task<StatementHead?> HeadAsync();

    /// <summary>Closes a month that is over, once the months before it are closed. A closed one stays as it is.</summary>
    [Alias("Close")]
    Task<StatementReply> CloseAsync();

    /// <summary>What a closed statement was computed from, as JSON; null where the month is open.</summary>
    [Alias("Inputs")]
    Task<byte[]?> InputsAsync();

    /// <summary>The statement where it is closed; null otherwise.</summary>
    [Alias("Closed")]
    Task<Statement?> ClosedAsync();
}

/// <summary>Keys of statements.</summary>
public static class StatementKey
{
    /// <summary>The key of a hospital's month.</summary>
    public static string Of(TenantId tenant, BillingMonth month) => $"{tenant}/{month}";

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException"><paramref name="key"/> is none.</exception>
    public static (TenantId Tenant, BillingMonth Month) Parse(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash > 0
            ? (TenantId.Parse(key[..slash]), BillingMonth.Parse(key[(slash + 1)..]))
            : throw new FormatException("A statement's key is tenant/yyyy-MM.");
    }
}

/// <summary>What became of a request for a statement.</summary>
public enum StatementReplyStatus
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such hospital, or it did not exist in that month.</summary>
    NotFound,

    /// <summary>The month cannot be closed now.</summary>
    NotAllowed,

    /// <summary>The month cannot be priced: <see cref="StatementReply.Detail"/> says what is missing.</summary>
    Unpriceable,
}

/// <summary>A statement, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.StatementReply")]
public sealed record StatementReply
{
    /// <summary>What became of it.</summary>
    [Id(0)]
    public required StatementReplyStatus Status { get; init; }

    /// <summary>The statement.</summary>
    [Id(1)]
    public Statement? Statement { get; init; }

    /// <summary>The statement as JSON: of a closed one the same bytes for ever.</summary>
    [Id(2)]
    public byte[]? Document { get; init; }

    /// <summary>Why it was refused.</summary>
    [Id(3)]
    public string? Detail { get; init; }
}

/// <summary>A statement in a list.</summary>
/// <param name="Month">The month, <c>yyyy-MM</c>.</param>
/// <param name="Status">Whether it can still change.</param>
/// <param name="Currency">The currency; null for a draft.</param>
/// <param name="Total">What is to be paid; null for a draft, which is computed when it is asked for.</param>
/// <param name="ClosedAt">When it was closed.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.StatementHead")]
public sealed record StatementHead(
    [property: Id(0)] string Month,
    [property: Id(1)] StatementStatus Status,
    [property: Id(2)] string? Currency,
    [property: Id(3)] decimal? Total,
    [property: Id(4)] DateTimeOffset? ClosedAt);
