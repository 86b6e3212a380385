using Grpc.Core;
using MedOrleans.Scaling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Elasticity.Kubernetes;

/// <summary>
/// Tells KEDA how many silos a pool should have. The value is the number of replicas and one replica takes one of it, so that Kubernetes comes to exactly that many.
/// Where nothing is to be acted on the value is an error: Kubernetes then leaves the replicas as they are, while any number would be acted on.
/// </summary>
internal sealed partial class ExternalScalerService(IScalingGrain scaling, IHostApplicationLifetime lifetime, ILogger<ExternalScalerService> logger) : ExternalScaler.ExternalScalerBase
{
    /// <summary>The trigger's metadata that names the pool.</summary>
    public const string PoolKey = "pool";

    /// <summary>The one metric.</summary>
    public const string Metric = "medorleans-silos";

    /// <inheritdoc/>
    /// <remarks>Every pool has a silo at least, so the answer is never false, which would let KEDA go down to none; nor is it an error while the cluster is silent, which older KEDA takes for false.</remarks>
    public override async Task<IsActiveResponse> IsActive(ScaledObjectRef request, ServerCallContext context)
    {
        await CheckAsync(PoolOf(request), context.CancellationToken);
        return new IsActiveResponse { Result = true };
    }

    /// <inheritdoc/>
    public override async Task StreamIsActive(ScaledObjectRef request, IServerStreamWriter<IsActiveResponse> responseStream, ServerCallContext context)
    {
        // There will be nothing else to tell. The stream stays open, as KEDA would ask again at once.
        await responseStream.WriteAsync(await IsActive(request, context), context.CancellationToken);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, ends.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public override async Task<GetMetricSpecResponse> GetMetricSpec(ScaledObjectRef request, ServerCallContext context)
    {
        await CheckAsync(PoolOf(request), context.CancellationToken);
        return new GetMetricSpecResponse { MetricSpecs = { new MetricSpec { MetricName = Metric, TargetSize = 1, TargetSizeFloat = 1 } } };
    }

    /// <inheritdoc/>
    public override async Task<GetMetricsResponse> GetMetrics(GetMetricsRequest request, ServerCallContext context)
    {
        var pool = PoolOf(request.ScaledObjectRef);
        if (request.MetricName != Metric)
        {
            throw Error(StatusCode.InvalidArgument, $"There is no metric '{request.MetricName}'; there is '{Metric}'.");
        }

        var wanted = await WantedAsync(pool, context.CancellationToken);
        return new GetMetricsResponse { MetricValues = { new MetricValue { MetricName = Metric, MetricValue_ = wanted, MetricValueFloat = wanted } } };
    }

    private static string PoolOf(ScaledObjectRef? request) =>
        request?.ScalerMetadata.TryGetValue(PoolKey, out var pool) == true && pool.Length > 0
            ? pool
            : throw Error(StatusCode.InvalidArgument, $"The trigger's metadata does not name a '{PoolKey}': the pool of silos that it scales.");

    /// <summary>Refuses a pool that the cluster knows nothing of. Where it cannot tell, every name may be right.</summary>
    /// <exception cref="RpcException">There is no such pool.</exception>
    private async Task CheckAsync(string pool, CancellationToken cancel)
    {
        try
        {
            var view = await AskAsync(static scaling => scaling.ShowAsync().AsTask(), cancel);
            if (view.Pools.Count > 0 && view.Pools.All(known => known.Pool != pool))
            {
                throw NoSuchPool(pool);
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            // The log has it.
        }
    }

    /// <summary>How many silos the pool should have.</summary>
    /// <exception cref="RpcException">Nothing is to be acted on.</exception>
    private async Task<int> WantedAsync(string pool, CancellationToken cancel)
    {
        if (await AskAsync(scaling => scaling.WantedAsync(pool).AsTask(), cancel) is { } wanted)
        {
            return wanted;
        }

        var view = await AskAsync(static scaling => scaling.ShowAsync().AsTask(), cancel);
        var known = view.Pools.FirstOrDefault(known => known.Pool == pool);
        throw known is null && view.Pools.Count > 0 ? NoSuchPool(pool)
            : known is not null && view.IsDryRun ? Error(
                StatusCode.FailedPrecondition, $"A rehearsal ({ScalingOptions.Section}:{nameof(ScalingOptions.DryRun)}): pool '{pool}' should have {known.Last.Wanted} silos, and nobody is to act on it.")
            : Error(StatusCode.Unavailable, "Nothing has been decided yet.");
    }

    private async Task<T> AskAsync<T>(Func<IScalingGrain, Task<T>> question, CancellationToken cancel)
    {
        try
        {
            return await question(scaling).WaitAsync(cancel);
        }
#pragma warning disable CA1031 // Whatever keeps the cluster from answering, KEDA asks again.
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNotAsked(logger, e);
            throw Error(StatusCode.Unavailable, "The cluster does not answer now.");
        }
    }

    private static RpcException NoSuchPool(string pool) =>
        Error(StatusCode.NotFound, $"There is no pool '{pool}': no silo is labelled for it (MedOrleans:Silo:Pool), and {ScalingOptions.Section}:{nameof(ScalingOptions.Pools)} does not name it.");

    private static RpcException Error(StatusCode code, string detail) => new(new Status(code, detail));
}
