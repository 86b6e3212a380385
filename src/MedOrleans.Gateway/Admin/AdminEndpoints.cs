using System.Net;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Security;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;
using Orleans.Runtime;

namespace MedOrleans.Gateway.Admin;

/// <summary>A configured database and how many open hospitals it keeps.</summary>
internal sealed record DatabaseView(string Name, string Pool, long Tenants);

/// <summary>A silo of the cluster; its pool is that which it is labelled for, null where it is not alive.</summary>
internal sealed record SiloView(string Address, string Status, string? Pool, SiloUse? Use = null);

/// <summary>The operator's API, <c>/admin</c>; described at <c>/admin/openapi.json</c>.</summary>
internal static class AdminEndpoints
{
    public static void MapAdmin(this IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/admin").WithMetadata(new OperatorAccess()).AddEndpointFilter<RouteGroupBuilder, RetriedReads>();
        admin.MapTenants();
        admin.MapPlans();
        admin.MapUsage();
        admin.MapStatements();
        admin.MapPools();
        admin.MapTenantPools();
        admin.MapTenantKeys();
        admin.MapDeletion();
        admin.MapRestore();
        admin.MapInvitations();
        admin.MapBudgets();
        admin.MapUsageEvents();
        admin.MapScaling();
        admin.MapGet("/databases", DatabasesAsync).WithTags("Cluster").WithSummary("The configured databases.");
        admin.MapGet("/silos", SilosAsync).WithTags("Cluster").WithSummary("The silos, living and dead.");
        app.MapOpenApi("/admin/openapi.json").WithMetadata(new OperatorAccess());
    }

    private static async Task<Ok<IReadOnlyList<DatabaseView>>> DatabasesAsync(IRecordStores stores, ITenantDirectory directory, CancellationToken cancel)
    {
        var loads = await directory.LoadsAsync(cancel);
        return TypedResults.Ok<IReadOnlyList<DatabaseView>>(
            [.. stores.Databases.Select(database => new DatabaseView(database.Name, database.Pool, loads.GetValueOrDefault(database.Name)))]);
    }

    internal static async Task<Ok<IReadOnlyList<SiloView>>> SilosAsync(IGrainFactory grains, ClusterRetry retry, CancellationToken cancel)
    {
        // It is looked at when a silo hangs, and who answers it may be on that silo.
        var hosts = await retry.RunAsync(() => grains.GetGrain<IManagementGrain>(0).GetHosts(), cancel);
        var loads = (await retry.RunAsync(grains.GetGrain<ISiloPoolsGrain>(ISiloPoolsGrain.Key).LoadsAsync, cancel)).ToDictionary(silo => silo.Address, StringComparer.Ordinal);
        return TypedResults.Ok<IReadOnlyList<SiloView>>([.. hosts.OrderBy(host => host.Key).Select(host =>
        {
            var address = new IPEndPoint(host.Key.Endpoint.Address, host.Key.Endpoint.Port).ToString();
            var load = host.Value == SiloStatus.Active ? loads.GetValueOrDefault(address) : null;
            return new SiloView(address, load is { IsLeaving: true } ? "Leaving" : host.Value.ToString(), load?.Pool, load?.Use);
        })]);
    }
}
