using MedOrleans.Cluster;
using MedOrleans.Records;
using Orleans;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// Calls into the cluster, sent again where the outcome is unknown. A write goes out under the same command id, so it has one
/// effect however often it is sent.
/// </summary>
internal sealed class ClusterCalls(IGrainFactory grains, ClusterRetry retry)
{
    // A large one takes its time; the same once more finds it done.
    private static readonly TimeSpan s_transactionPatience = TimeSpan.FromSeconds(9);

    /// <summary>The current version of a resource.</summary>
    public ValueTask<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel)
    {
        var read = grains.GetOwner(key).ReadCurrentAsync();
        return read.IsCompletedSuccessfully ? read
            : new(retry.RunAsync(isRepeat => isRepeat ? grains.GetOwner(key).ReadCurrentAsync().AsTask() : read.AsTask(), cancel));
    }

    /// <summary>Creates a resource under an id that was just given out.</summary>
    public Task<WriteReply> CreateAsync(TenantId tenant, WriteCommand command, CancellationToken cancel) =>
        retry.RunAsync(() => grains.GetGrain<IIntakeGrain>(tenant.Value).CreateAsync(command), cancel);

    /// <summary>Creates a resource unless one matches.</summary>
    public Task<WriteReply> CreateIfNoneAsync(TenantId tenant, string query, WriteCommand command, CancellationToken cancel) => retry.RunAsync(
        () => grains.GetGrain<IConditionalCreateGrain>($"{tenant.Value}/{command.Resource!.Type}?{query}").CreateIfNoneAsync(query, command), cancel);

    /// <summary>Updates or deletes a resource.</summary>
    public Task<WriteReply> WriteAsync(ResourceKey key, WriteCommand command, CancellationToken cancel) =>
        retry.RunAsync(isRepeat => grains.GetOwner(key).WriteAsync(isRepeat ? command with { IsRepeat = true } : command), cancel);

    /// <summary>Commits all or nothing.</summary>
    public Task<TransactionReply> TransactAsync(TenantId tenant, TransactionCommand command, CancellationToken cancel) =>
        retry.RunAsync(isRepeat => grains.GetGrain<IIntakeGrain>(tenant.Value).TransactAsync(isRepeat ? command with { IsRepeat = true } : command), cancel, s_transactionPatience);
}
