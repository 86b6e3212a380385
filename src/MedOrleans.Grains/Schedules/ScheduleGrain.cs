using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Records;
using MedOrleans.Schedules;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Schedules;

/// <summary>A schedule for HIS frontends on grains. It keeps nothing, as <see cref="AppointmentGrain"/>.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class ScheduleGrain(RecordWriter writer) : Grain, IScheduleGrain, IMeteredGrain
{
    private ResourceKey? _key;
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Key.Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Key.Tenant);

    private ResourceKey Key => _key ??= CallAgent.KeyOf(this, "Schedule");

    public Task<WriteReply> GenerateSlotsAsync(GenerateSlots command) =>
        GrainFactory.GetGrain<IBookingGrain>(Key.Tenant.Value).GenerateAsync(Key.Id, command, CallAgent.Caller(), bytesIn: 0);
}
