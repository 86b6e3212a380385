using MedOrleans.Records;

namespace MedOrleans.Record.Store;

/// <summary>The changes of a hospital in the order of their commits, for whoever tells others of them. History is the outbox: nothing is written for it.</summary>
public interface IRecordFeed
{
    /// <summary>Where a follower begins that is to be told of nothing that was there before it.</summary>
    Task<long> FeedEndAsync(CancellationToken cancel);

    /// <summary>
    /// The changes after a position, oldest first. None can come later whose place is before <see cref="ChangePage.Position"/>: a page ends where a commit is still open that may
    /// have one. The changes of one resource come in the order of its versions.
    /// </summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="types">The resource types that are looked for.</param>
    /// <param name="after">The position that was reached.</param>
    /// <param name="count">How many changes at the most.</param>
    /// <param name="cancel">Ends it.</param>
    Task<ChangePage> ChangesAsync(TenantId tenant, IReadOnlyList<string> types, long after, int count, CancellationToken cancel);
}

/// <summary>A committed change.</summary>
/// <param name="Stored">The version that it made; a deletion too.</param>
/// <param name="Sequence">Its place: growing in the order of commits.</param>
/// <param name="Agent">Whose work it is, as the audit trail has it.</param>
public sealed record Change(StoredVersion Stored, long Sequence, string Agent);

/// <summary>Changes in order.</summary>
/// <param name="Changes">The changes.</param>
/// <param name="Position">Where to go on: everything up to it has been given, or is of another type or hospital.</param>
public sealed record ChangePage(IReadOnlyList<Change> Changes, long Position);
