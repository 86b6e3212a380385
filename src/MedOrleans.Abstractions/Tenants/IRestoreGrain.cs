namespace MedOrleans.Tenants;

/// <summary>Takes one hospital's record back to an earlier moment, while the others go on; for the cluster's own processes. The key is the tenant.</summary>
[Alias("MedOrleans.IRestoreGrain")]
public interface IRestoreGrain : IGrainWithStringKey
{
    /// <summary>Begins a restore; one to the same moment that is under way already goes on.</summary>
    [Alias("Start")]
    Task<RestoreReply> StartAsync(StartRestore command);

    /// <summary>The last restore; null where there was none.</summary>
    [Alias("Show")]
    Task<RestoreProgress?> ShowAsync();

    /// <summary>Goes on for some seconds with a restore that is under way. What a crash leaves undone, the next call does.</summary>
    [Alias("Continue")]
    Task ContinueAsync();
}

/// <summary>Begins a restore.</summary>
/// <param name="To">The moment, by the time of commit.</param>
/// <param name="By">The client id that asks; the agent of every version that is written.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.StartRestore")]
public sealed record StartRestore([property: Id(0)] DateTimeOffset To, [property: Id(1)] string By);

/// <summary>The reply to the start of a restore.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Detail">Why it was refused.</param>
/// <param name="Progress">The restore.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.RestoreReply")]
public sealed record RestoreReply([property: Id(0)] TenantReplyStatus Status, [property: Id(1)] string? Detail = null, [property: Id(2)] RestoreProgress? Progress = null);

/// <summary>What of a restore comes next.</summary>
public enum RestoreStep
{
    /// <summary>Wait until no silo takes a write of the hospital any more.</summary>
    Settle,

    /// <summary>Find what is otherwise than it was.</summary>
    Plan,

    /// <summary>Write it back.</summary>
    Write,

    /// <summary>Forget the plan, and open the hospital again.</summary>
    Open,

    /// <summary>Nothing: it is done.</summary>
    Finished,
}

/// <summary>How far a restore is.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.RestoreProgress")]
public sealed record RestoreProgress
{
    /// <summary>The moment.</summary>
    [Id(0)]
    public required DateTimeOffset To { get; init; }

    /// <summary>The client id that asked.</summary>
    [Id(1)]
    public required string By { get; init; }

    /// <summary>When it began, UTC.</summary>
    [Id(2)]
    public required DateTimeOffset Started { get; init; }

    /// <summary>What comes next.</summary>
    [Id(3)]
    public RestoreStep Step { get; init; }

    /// <summary>Resources that are otherwise than they were.</summary>
    [Id(4)]
    public long Planned { get; init; }

    /// <summary>How many of them have been dealt with.</summary>
    [Id(5)]
    public long Done { get; init; }

    /// <summary>Versions written.</summary>
    [Id(6)]
    public long Written { get; init; }

    /// <summary>Resources whose content was as it had been: nothing was written.</summary>
    [Id(7)]
    public long Unchanged { get; init; }

    /// <summary>Resources that could not be taken back, and why; the first thousand.</summary>
    [Id(8)]
    public IReadOnlyList<string> Refused { get; init; } = [];

    /// <summary>When it was finished, UTC; null until then.</summary>
    [Id(9)]
    public DateTimeOffset? Finished { get; init; }
}
