namespace MedOrleans.Plans;

/// <summary>
/// A call beyond what the hospital's plan gives of a pool. Nothing has happened; the same call may succeed after
/// <see cref="RetryAfter"/>. Over HTTP it is 429 with Retry-After, 507 for storage.
/// </summary>
[GenerateSerializer, Alias("MedOrleans.PoolExhaustedException")]
public sealed class PoolExhaustedException : Exception
{
    /// <summary>Makes the refusal.</summary>
    /// <param name="pool">The pool that is used up.</param>
    /// <param name="retryAfter">When the same call may succeed.</param>
    public PoolExhaustedException(PoolKind pool, TimeSpan retryAfter)
        : base($"The hospital's share of the {pool.ToString().ToLowerInvariant()} pool is used up; try again after {Math.Ceiling(retryAfter.TotalSeconds):0} s.") =>
        (Pool, RetryAfter) = (pool, retryAfter);

    /// <summary>The pool.</summary>
    [Id(0)]
    public PoolKind Pool { get; init; }

    /// <summary>When the same call may succeed.</summary>
    [Id(1)]
    public TimeSpan RetryAfter { get; init; }
}
