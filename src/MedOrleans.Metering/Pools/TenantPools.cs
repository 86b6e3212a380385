using MedOrleans.Plans;

namespace MedOrleans.Metering.Pools;

/// <summary>A refusal, or none.</summary>
/// <param name="Pool">The pool that is used up; null where the call may go on.</param>
/// <param name="RetryAfter">When it may succeed.</param>
internal readonly record struct PoolVerdict(PoolKind? Pool, TimeSpan RetryAfter)
{
    /// <summary>Whether the call may go on.</summary>
    public bool IsAdmitted => Pool is null;
}

/// <summary>
/// What one hospital uses of the pools in this process, and its limits here: this process's share of what the plan gives in the whole
/// cluster. Everything on a call's way is lock-free and allocates nothing.
/// </summary>
internal sealed class TenantPools
{
    private static readonly TimeSpan s_storageRetry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_sessionRetry = TimeSpan.FromSeconds(30);
    private static readonly int s_pools = Enum.GetValues<PoolKind>().Length;

    private readonly TimeProvider _time;
    private readonly long _frequency;
    private readonly long _fresh;
    private readonly TokenBucket _requests = new();
    private readonly TokenBucket _bytes = new();
    private readonly TokenBucket _compute = new();
    private readonly TokenBucket _guaranteed = new();
    private readonly long[] _throttled = new long[s_pools];
    private PoolGrants _grants;
    private long _requestCount;
    private long _refusedCount;
    private long _byteCount;
    private long _computeTicks;
    private long _storageAdded;
    private int _activations;
    private int _burstSessions;
    private bool _isStorageFull;
    private long _storageHeadroom = long.MaxValue;

    public TenantPools(TenantId tenant, Plan plan, PoolGrants grants, TimeProvider time)
    {
        Tenant = tenant;
        Plan = plan;
        _time = time;
        _frequency = time.TimestampFrequency;
        _fresh = _frequency * 10;
        _grants = grants;
        Used = time.GetTimestamp();
        Apply(plan, grants);
    }

    /// <summary>The hospital.</summary>
    public TenantId Tenant { get; }

    /// <summary>Its plan.</summary>
    public Plan Plan { get; private set; }

    /// <summary>What it has in the cluster, and how much of it is this process's.</summary>
    public PoolGrants Grants => _grants;

    /// <summary>Its workstations that call this process.</summary>
    public SessionTable Sessions { get; } = new();

    /// <summary>Activations of the hospital in this process.</summary>
    public int Activations => Volatile.Read(ref _activations);

    /// <summary>Whether an activation made now is not kept after its call: the hospital has as many as its plan gives.</summary>
    public bool IsMemoryFull => _grants.Activations + Volatile.Read(ref _activations) - _grants.OwnActivations >= Plan.Memory.Burst;

    /// <summary>The timestamp of the last call.</summary>
    public long Used { get; private set; }

    /// <summary>The requests a second that this process admits.</summary>
    public double RequestLimit => _requests.PerSecond;

    /// <summary>The requests that would be admitted at once.</summary>
    public double RequestsLeft => Math.Max(0, _requests.Available(_time.GetTimestamp()));

    /// <summary>Takes over the plan and what the cluster's ledger says.</summary>
    public void Apply(Plan plan, PoolGrants grants)
    {
        Plan = plan;
        _grants = grants;
        Set(_requests, plan.Network.Burst * grants.Share);
        Set(_bytes, plan.NetworkBytes.Burst * grants.Share);
        Set(_compute, plan.Compute.Burst * grants.ComputeShare);
        Set(_guaranteed, plan.Network.Guaranteed * grants.Share);
        _burstSessions = (int)Math.Min(plan.Sessions.Burst, int.MaxValue);
        _storageHeadroom = (long)Math.Min(plan.Storage.Burst - grants.StoredBytes, long.MaxValue / 2);
        _isStorageFull = _storageHeadroom <= 0;
    }

    /// <summary>Admits a request that came from outside, or says which pool is used up.</summary>
    /// <param name="session">The workstation, see <see cref="SessionTable"/>.</param>
    /// <param name="isWrite">Whether it may add to what is stored.</param>
    public PoolVerdict Admit(ulong session, bool isWrite)
    {
        var now = _time.GetTimestamp();
        Used = now;
        if (isWrite && _isStorageFull)
        {
            return Refuse(PoolKind.Storage, s_storageRetry);
        }

        if (!Sessions.Touch(session, now, _fresh, MayAddSession()))
        {
            return Refuse(PoolKind.Sessions, s_sessionRetry);
        }

        if (_bytes.WaitFor(now) is > 0 and var bytes)
        {
            return Refuse(PoolKind.Network, Span(bytes));
        }

        if (_compute.WaitFor(now) is > 0 and var compute)
        {
            return Refuse(PoolKind.Compute, Span(compute));
        }

        if (!_requests.TryTake(now))
        {
            return Refuse(PoolKind.Network, Span(_requests.WaitFor(now)));
        }

        Interlocked.Increment(ref _requestCount);
        return default;
    }

    /// <summary>Whether a call that one of the cluster's own gateways has admitted may go on in this silo.</summary>
    public PoolVerdict AdmitCompute() =>
        _compute.WaitFor(_time.GetTimestamp()) is > 0 and var wait ? Refuse(PoolKind.Compute, Span(wait)) : default;

    /// <summary>Takes one request of the guaranteed share; false where the hospital is beyond it.</summary>
    public bool TakeGuaranteed() => _guaranteed.TryTake(_time.GetTimestamp());

    /// <summary>Counts a request that no limit is held against, an import's.</summary>
    public void Count()
    {
        Used = _time.GetTimestamp();
        Interlocked.Increment(ref _requestCount);
    }

    /// <summary>Charges bytes, in or out, once they are known.</summary>
    public void ChargeBytes(long bytes)
    {
        if (bytes > 0)
        {
            Interlocked.Add(ref _byteCount, bytes);
            _bytes.Charge(_time.GetTimestamp(), bytes);
        }
    }

    /// <summary>Charges the time of a grain call.</summary>
    /// <param name="ticks">Timestamps.</param>
    public void ChargeCompute(long ticks)
    {
        if (ticks > 0)
        {
            Interlocked.Add(ref _computeTicks, ticks);
            _compute.Charge(_time.GetTimestamp(), ticks * 1000.0 / _frequency);
        }
    }

    /// <summary>Notes bytes that a commit has added to what is stored, so that a burst of writes does not run past the limit until the ledger says so.</summary>
    public void AddStored(long bytes)
    {
        Interlocked.Add(ref _storageAdded, bytes);
        if (Interlocked.Add(ref _storageHeadroom, -bytes) <= 0)
        {
            _isStorageFull = true;
        }
    }

    /// <summary>Whether the hospital has stored as much as its plan gives.</summary>
    public bool IsStorageFull => _isStorageFull;

    /// <summary>Notes a refusal of storage that was found elsewhere than in <see cref="Admit"/>.</summary>
    public PoolVerdict RefuseStorage() => Refuse(PoolKind.Storage, s_storageRetry);

    /// <summary>An activation of the hospital began.</summary>
    public void Activated() => Interlocked.Increment(ref _activations);

    /// <summary>An activation of the hospital ended.</summary>
    public void Deactivated() => Interlocked.Decrement(ref _activations);

    /// <summary>How often a pool has refused since the start.</summary>
    public long Throttled(PoolKind pool) => Volatile.Read(ref _throttled[(int)pool]);

    /// <summary>The counts since the process began.</summary>
    public PoolCounts Counts() => new(
        Volatile.Read(ref _requestCount),
        Volatile.Read(ref _refusedCount),
        Volatile.Read(ref _byteCount),
        Volatile.Read(ref _computeTicks) * 1000.0 / _frequency,
        Volatile.Read(ref _storageAdded));

    private bool MayAddSession() => _grants.Sessions + Sessions.Count - _grants.OwnSessions < _burstSessions;

    private PoolVerdict Refuse(PoolKind pool, TimeSpan retryAfter)
    {
        Interlocked.Increment(ref _throttled[(int)pool]);
        Interlocked.Increment(ref _refusedCount);
        return new PoolVerdict(pool, retryAfter);
    }

    // A second's worth gathers: what a plan gives is per second.
    private void Set(TokenBucket bucket, double perSecond) => bucket.Set(perSecond, perSecond, _frequency);

    private TimeSpan Span(long ticks) => TimeSpan.FromSeconds(Math.Max(0.001, (double)ticks / _frequency));
}

/// <summary>What a hospital has done in a process since it began.</summary>
internal readonly record struct PoolCounts(long Requests, long Refused, long Bytes, double ComputeMilliseconds, long StorageAdded);

/// <summary>What the cluster's ledger says of a hospital to one process.</summary>
/// <param name="Share">This process's part of the requests and bytes that the plan gives, 0 to 1.</param>
/// <param name="ComputeShare">This process's part of the grain milliseconds.</param>
/// <param name="StoredBytes">What it has stored.</param>
/// <param name="Sessions">Its workstations in the whole cluster.</param>
/// <param name="OwnSessions">Those of them that this process reported.</param>
/// <param name="Activations">Its activations in the whole cluster.</param>
/// <param name="OwnActivations">Those of them that this process reported.</param>
internal sealed record PoolGrants(double Share, double ComputeShare, long StoredBytes = 0, int Sessions = 0, int OwnSessions = 0, int Activations = 0, int OwnActivations = 0);
