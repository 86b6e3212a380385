using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Runtime;

namespace MedOrleans.Host.Hosting;

/// <summary>Whether the process lives, and whether it can serve.</summary>
internal sealed class Health(ITenantDirectory directory, IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(3);

    /// <summary>Maps <c>/health/live</c> and <c>/health/ready</c>, on both addresses and without a credential; they say no more than yes or no.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").AllowAnonymous().WithMetadata(new ManagementEndpoint(AlsoPublic: true));
        health.MapGet("/live", static () => Results.Text("live\n"));
        health.MapGet("/ready", async (HttpContext context) => await IsReadyAsync(context.RequestAborted) ? Results.Text("ready\n") : Results.Text("not ready\n", statusCode: 503));
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancel)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }

        try
        {
            var database = directory.ListAsync(null, 1, cancel);
            var cluster = grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true, cancel);
            await Task.WhenAll(database, cluster).WaitAsync(s_limit, time, cancel);
            return (await cluster).Count > 0;
        }
        catch (Exception e) when (e is RecordStoreException or TimeoutException or OrleansException)
        {
            return false;
        }
    }
}
