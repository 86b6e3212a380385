using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Grains.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Orders;
using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Orders;

/// <summary>An order for HIS frontends on grains. It keeps nothing: the ServiceRequest's owner is the only place where it changes.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class OrderGrain(RecordWriter writer) : Grain, IOrderGrain, IMeteredGrain
{
    private ResourceKey? _key;
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Key.Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Key.Tenant);

    private ResourceKey Key => _key ??= CallAgent.KeyOf(this, "ServiceRequest");

    public Task<WriteReply> PlaceAsync(PlaceOrder command) => StepAsync(command);

    public Task<WriteReply> AccessionAsync(AccessionOrder command) => StepAsync(command);

    public Task<WriteReply> ResultAsync(RecordResult command) => StepAsync(command);

    public Task<WriteReply> RevokeAsync(RevokeOrder command) => StepAsync(command);

    public Task<WriteReply> HoldAsync(HoldOrder command) => StepAsync(command);

    public Task<WriteReply> ResumeAsync(ResumeOrder command) => StepAsync(command);

    private Task<WriteReply> StepAsync(OrderStep step) => GrainFactory.GetGrain<IOrderingGrain>(Key.Tenant.Value).StepAsync(Key.Id, step, CallAgent.Caller(), bytesIn: 0);
}
