namespace MedOrleans.Record.Store;

/// <summary>A resource that is otherwise now than it was at an earlier moment.</summary>
/// <param name="Number">Its number in the plan, from 1.</param>
/// <param name="Type">The type.</param>
/// <param name="Id">The logical id.</param>
/// <param name="Version">The current version, a deletion too.</param>
/// <param name="Exists">Whether it exists now.</param>
/// <param name="Target">The version of then; null where it did not exist.</param>
public sealed record RestoreItem(long Number, string Type, string Id, long Version, bool Exists, long? Target);

/// <summary>
/// The differences between a hospital's record now and at an earlier moment, by the time of commit of the store's own clock. All versions are kept, so
/// they are found in the record itself.
/// </summary>
public interface IRecordRestore
{
    /// <summary>How many resources differ by type: those to be changed back, made again, and deleted; and the first of them.</summary>
    Task<(IReadOnlyList<RestoreCount> Counts, IReadOnlyList<RestoreItem> First)> DifferencesAsync(TenantId tenant, DateTimeOffset to, int most, CancellationToken cancel);

    /// <summary>Keeps the differences as a plan, as one transaction; a plan of before goes.</summary>
    /// <returns>How many there are.</returns>
    Task<long> PlanRestoreAsync(TenantId tenant, DateTimeOffset to, CancellationToken cancel);

    /// <summary>The items of the plan whose numbers follow on <paramref name="after"/>, in order.</summary>
    Task<IReadOnlyList<RestoreItem>> PlannedAsync(TenantId tenant, long after, int count, CancellationToken cancel);

    /// <summary>Forgets the plan.</summary>
    Task DropPlanAsync(TenantId tenant, CancellationToken cancel);
}

/// <summary>The differences of one type.</summary>
/// <param name="Type">The type.</param>
/// <param name="Change">Resources that get an earlier content back.</param>
/// <param name="Remake">Resources that were deleted since, and are made again.</param>
/// <param name="Delete">Resources that were not there then, and are deleted.</param>
public sealed record RestoreCount(string Type, long Change, long Remake, long Delete);
