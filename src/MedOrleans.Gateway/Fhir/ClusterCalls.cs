using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Orleans;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// Calls into the cluster, sent again where the outcome is unknown: a silo that died or drains, a store that failed for a
/// moment. A write goes out under the same command id, so it has one effect however often it is sent.
/// </summary>
internal sealed class ClusterCalls(IGrainFactory grains, TimeProvider time)
{
    private const int Tries = 3;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(40);

    /// <summary>The current version of a resource.</summary>
    public ValueTask<StoredVersion?> ReadAsync(ResourceKey key, CancellationToken cancel)
    {
        var read = grains.GetOwner(key).ReadCurrentAsync();
        return read.IsCompletedSuccessfully ? read : AgainAsync(read, key, cancel);
    }

    /// <summary>Creates a resource under an id that was just given out.</summary>
    public Task<WriteReply> CreateAsync(TenantId tenant, WriteCommand command, CancellationToken cancel) =>
        SendAsync(() => grains.GetGrain<IIntakeGrain>(tenant.Value).CreateAsync(command), cancel);

    /// <summary>Creates a resource unless one matches.</summary>
    public Task<WriteReply> CreateIfNoneAsync(TenantId tenant, string query, WriteCommand command, CancellationToken cancel) => SendAsync(
        () => grains.GetGrain<IConditionalCreateGrain>($"{tenant.Value}/{command.Resource!.Type}?{query}").CreateIfNoneAsync(query, command), cancel);

    /// <summary>Updates or deletes a resource.</summary>
    public Task<WriteReply> WriteAsync(ResourceKey key, WriteCommand command, CancellationToken cancel) =>
        SendAsync(() => grains.GetOwner(key).WriteAsync(command), cancel);

    /// <summary>Commits all or nothing.</summary>
    public Task<TransactionReply> TransactAsync(TenantId tenant, TransactionCommand command, CancellationToken cancel) =>
        SendAsync(() => grains.GetGrain<IIntakeGrain>(tenant.Value).TransactAsync(command), cancel);

    /// <summary>Whether the same call may succeed a little later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RecordStoreException store => store.IsTransient,
        TimeoutException or SiloUnavailableException or OrleansMessageRejectionException or GatewayTooBusyException
            or ConnectionFailedException or ClientNotAvailableException => true,
        RecordUnavailableException unavailable => unavailable.IsTransient,
        _ => false,
    };

    private async ValueTask<StoredVersion?> AgainAsync(ValueTask<StoredVersion?> first, ResourceKey key, CancellationToken cancel)
    {
        try
        {
            return await first;
        }
        catch (Exception exception) when (IsTransient(exception))
        {
            return await SendAsync(() => grains.GetOwner(key).ReadCurrentAsync().AsTask(), cancel);
        }
    }

    private async Task<T> SendAsync<T>(Func<Task<T>> call, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call().WaitAsync(cancel);
            }
            catch (Exception exception) when (attempt < Tries && IsTransient(exception))
            {
                // The jitter keeps a gateway's callers from coming back all at once.
#pragma warning disable CA5394 // No secret depends on it.
                var pause = s_firstPause * Math.Pow(4, attempt - 1) * (0.5 + Random.Shared.NextDouble());
#pragma warning restore CA5394
                await Task.Delay(pause, time, cancel);
            }
        }
    }
}
