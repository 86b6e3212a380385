using MedOrleans.Metering.Usage;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace MedOrleans.Metering.Pools;

/// <summary>What a process is in the cluster.</summary>
/// <param name="IsSilo">Whether it has grains.</param>
/// <param name="IsGateway">Whether it takes requests.</param>
/// <param name="Pool">The pool that it is labelled for where it is a silo.</param>
internal sealed record ProcessRole(bool IsSilo, bool IsGateway, string Pool);

/// <summary>Reports what hospitals use in this process to the cluster's ledger, every two seconds, and applies plans and shares.</summary>
internal sealed partial class PoolKeeper(
    PoolRegistry registry, PoolOptions options, ProcessRole role, IGrainFactory grains, ITenantDirectory directory, IRecordStores stores, PoolInstruments instruments, TimeProvider time, ILogger<PoolKeeper> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_storageInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_sessionEnd = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_forgotten = TimeSpan.FromMinutes(10);

    private readonly Guid _process = Guid.CreateVersion7();
    private readonly Dictionary<TenantId, Seen> _seen = [];
    private long _last = time.GetTimestamp();

    /// <summary>Reports once and applies what the ledger says.</summary>
    public async Task KeepAsync(CancellationToken cancel)
    {
        var now = time.GetTimestamp();
        var seconds = Math.Max(0.001, time.GetElapsedTime(_last, now).TotalSeconds);
        _last = now;
        var uses = new List<PoolUse>();
        foreach (var pools in registry.All)
        {
            if (await UseAsync(pools, now, seconds, cancel) is { } use)
            {
                uses.Add(use);
            }
        }

        try
        {
            registry.Put(await grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).ListAsync());
            var grant = await grains.GetGrain<IPoolLedgerGrain>(IPoolLedgerGrain.Key).ReportAsync(new PoolReport { Process = _process, Capacity = Capacity(), Uses = uses, Pool = role.Pool });
            await ApplyAsync(grant, uses, cancel);
        }
#pragma warning disable CA1031 // A cluster that cannot be asked now must not end the limits that there are.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogNoLedger(logger, e);
        }

        instruments.Observed(uses, registry);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await KeepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
    }

    private async Task<PoolUse?> UseAsync(TenantPools pools, long now, double seconds, CancellationToken cancel)
    {
        if (!_seen.TryGetValue(pools.Tenant, out var seen))
        {
            _seen.Add(pools.Tenant, seen = new Seen());
        }

        pools.Sessions.Sweep(now - (long)(s_sessionEnd.TotalSeconds * time.TimestampFrequency));
        if (time.GetElapsedTime(pools.Used, now) > s_forgotten && pools is { Activations: 0, Sessions.Count: 0 })
        {
            registry.Forget(pools);
            _seen.Remove(pools.Tenant);
            return null;
        }

        if (seen.StoredAt == 0 || time.GetElapsedTime(seen.StoredAt, now) > s_storageInterval)
        {
            try
            {
                if (await stores.ForAsync(pools.Tenant, cancel) is { } store)
                {
                    seen.Stored = (await store.UsageBeforeAsync(pools.Tenant, await store.TimeAsync(cancel) + TimeSpan.FromHours(1), cancel)).GetValueOrDefault(MeterNames.StorageBytes);
                    seen.StoredAt = now;
                }
            }
            catch (RecordStoreException)
            {
                // What was known of it goes on.
            }
        }

        var counts = pools.Counts();
        var use = new PoolUse(
            pools.Tenant,
            (counts.ComputeMilliseconds - seen.Counts.ComputeMilliseconds) / seconds,
            pools.Activations,
            seen.Stored,
            (counts.Requests - seen.Counts.Requests) / seconds,
            (counts.Bytes - seen.Counts.Bytes) / seconds,
            pools.Sessions.Count);
        seen.Counts = counts;
        return use;
    }

    private async Task ApplyAsync(PoolGrant grant, List<PoolUse> own, CancellationToken cancel)
    {
        var gateways = Math.Max(1, grant.Gateways);
        registry.Put(new PoolGrants(1.0 / gateways, 1.0 / SilosOf(role.Pool)));
        registry.Put(grant.SilosByPool);
        var totals = grant.Totals.ToDictionary(use => use.Tenant);
        foreach (var mine in own)
        {
            var all = totals.GetValueOrDefault(mine.Tenant, mine);
            var pools = registry.For(mine.Tenant);
            string? plan = null;
            var silos = SilosOf(role.Pool);
            try
            {
                if (await directory.FindAsync(mine.Tenant, cancel) is { } found)
                {
                    (plan, silos) = (found.Plan, SilosOf(found.Pool));
                }
            }
            catch (RecordStoreException)
            {
                // The plan of before goes on.
            }

            pools.Apply(
                plan is null ? registry.PlanOf(pools.Plan.Id) : registry.PlanOf(plan),
                new PoolGrants(1.0 / gateways, 1.0 / silos, mine.Storage, all.Sessions, mine.Sessions, all.Memory, mine.Memory));
        }

        // A hospital computes on the silos of its pool alone.
        int SilosOf(string pool) => Math.Max(1, grant.SilosByPool.GetValueOrDefault(pool));
    }

    private PoolCapacity Capacity() => new(
        role.IsSilo ? Environment.ProcessorCount * 1000.0 : 0,
        role.IsSilo ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / options.BytesPerActivation : 0,
        role.IsGateway ? options.RequestsPerGateway : 0,
        role.IsGateway ? options.SessionsPerGateway : 0);

    /// <summary>What was seen of a hospital the last time.</summary>
    private sealed class Seen
    {
        public PoolCounts Counts { get; set; }

        public long Stored { get; set; }

        public long StoredAt { get; set; }
    }
}
