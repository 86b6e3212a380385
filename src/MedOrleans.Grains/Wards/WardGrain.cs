using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Wards;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Wards;

/// <summary>A ward for HIS frontends on grains. It keeps nothing: a bed's state is its Location's, whose owner is the only one.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class WardGrain(RecordWriter writer, WardCensus census) : Grain, IWardGrain, IMeteredGrain
{
    private ResourceKey? _key;
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Key.Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Key.Tenant);

    private ResourceKey Key => _key ??= CallAgent.KeyOf(this, "Location");

    public async Task<IReadOnlyList<BedStatus>> CensusAsync()
    {
        var store = await writer.StoreAsync(Key.Tenant);
        var beds = await RecordWriter.GuardAsync(() => new ValueTask<IReadOnlyList<StoredVersion>>(census.ReadAsync(store, Key.Tenant, Key.Id, CancellationToken.None)));
        return [.. beds.Select(WardCensus.StatusOf)];
    }

    public Task<WriteReply> ReserveAsync(ReserveBed command) => StepAsync(command);

    public Task<WriteReply> BlockAsync(BlockBed command) => StepAsync(command);

    public Task<WriteReply> ReleaseAsync(ReleaseBed command) => StepAsync(command);

    public Task<WriteReply> SwapAsync(SwapBeds command) => StepAsync(command);

    private Task<WriteReply> StepAsync(BedStep step) => GrainFactory.GetGrain<IAdtGrain>(Key.Tenant.Value).BedAsync(Key.Id, step, CallAgent.Caller(), bytesIn: 0);
}
