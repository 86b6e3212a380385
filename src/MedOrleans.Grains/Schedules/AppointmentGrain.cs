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

/// <summary>An appointment for HIS frontends on grains. It keeps nothing: the Appointment's owner is the only place where it changes.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class AppointmentGrain(RecordWriter writer) : Grain, IAppointmentGrain, IMeteredGrain
{
    private ResourceKey? _key;
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Key.Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Key.Tenant);

    private ResourceKey Key => _key ??= CallAgent.KeyOf(this, "Appointment");

    public Task<WriteReply> BookAsync(BookAppointment command) => StepAsync(command);

    public Task<WriteReply> RescheduleAsync(RescheduleAppointment command) => StepAsync(command);

    public Task<WriteReply> CancelAsync(CancelAppointment command) => StepAsync(command);

    public Task<WriteReply> NoShowAsync(MarkNoShow command) => StepAsync(command);

    public Task<WriteReply> CheckInAsync(CheckInAppointment command) => StepAsync(command);

    private Task<WriteReply> StepAsync(AppointmentStep step) => GrainFactory.GetGrain<IBookingGrain>(Key.Tenant.Value).StepAsync(Key.Id, step, CallAgent.Caller(), bytesIn: 0);
}
