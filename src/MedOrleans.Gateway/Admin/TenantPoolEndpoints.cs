using MedOrleans.Cluster;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>A pool to move a hospital to.</summary>
/// <param name="Pool">The pool that silos are labelled for: community, or a name of its own.</param>
internal sealed record MoveToPoolRequest(string Pool);

/// <summary>How far a hospital is on its way to the silos of its pool.</summary>
internal enum TenantPoolState
{
    /// <summary>Every silo knows the pool, and the hospital runs on its silos alone.</summary>
    Settled,

    /// <summary>Activations on other silos are on their way, or a silo has not heard yet.</summary>
    Moving,

    /// <summary>No silo of the pool is alive: calls are answered 503.</summary>
    Unserved,
}

/// <summary>Where a hospital runs.</summary>
/// <param name="Tenant">The hospital.</param>
/// <param name="Pool">Its pool.</param>
/// <param name="State">How far it is.</param>
/// <param name="Elsewhere">Its activations on silos of other pools.</param>
/// <param name="Silos">The silos that are alive, with its activations on each.</param>
internal sealed record TenantPlacementView(string Tenant, string Pool, TenantPoolState State, int Elsewhere, IReadOnlyList<TenantPoolSilo> Silos);

/// <summary>A silo, and a hospital's activations on it.</summary>
internal sealed record TenantPoolSilo(string Silo, string? Pool, int Activations);

/// <summary>The pool of silos that a hospital runs on: show, move.</summary>
internal static class TenantPoolEndpoints
{
    public static void MapTenantPools(this RouteGroupBuilder admin)
    {
        var pool = admin.MapGroup("/tenants/{tenant}/pool").WithTags("Pools");
        pool.MapGet("/", ShowAsync).WithSummary("The pool of silos that a hospital runs on, and how far it is on its way there.");
        pool.MapPut("/", MoveAsync).WithSummary("Moves a hospital to the silos of another pool while it works: 200 once it is there, 202 on the way. Its record stays in its database.");
    }

    private static async Task<Results<Ok<TenantPlacementView>, ProblemHttpResult>> ShowAsync(string tenant, IGrainFactory grains) =>
        TenantId.TryParse(tenant, out var id) && await ViewAsync(id, grains) is { } view ? TypedResults.Ok(view) : AdminProblems.NoHospital();

    private static async Task<Results<Ok<TenantPlacementView>, Accepted<TenantPlacementView>, ProblemHttpResult>> MoveAsync(string tenant, MoveToPoolRequest request, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return AdminProblems.NoHospital();
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(id.Value).MoveToPoolAsync(request.Pool ?? "");
        if (reply.Status != TenantReplyStatus.Done)
        {
            return TypedResults.Problem(reply.Detail, statusCode: reply.Status switch { TenantReplyStatus.NotFound => 404, TenantReplyStatus.NotAllowed => 409, _ => 400 });
        }

        return await ViewAsync(id, grains) is not { } view ? AdminProblems.NoHospital()
            : view.State == TenantPoolState.Settled ? TypedResults.Ok(view)
            : TypedResults.Accepted($"/admin/tenants/{id}/pool", view);
    }

    private static async Task<TenantPlacementView?> ViewAsync(TenantId tenant, IGrainFactory grains) =>
        await grains.GetGrain<ISiloPoolsGrain>(ISiloPoolsGrain.Key).FindAsync(tenant) is not { } found ? null : new TenantPlacementView(
            tenant.Value,
            found.Pool,
            !found.IsServed ? TenantPoolState.Unserved : found.IsSettled ? TenantPoolState.Settled : TenantPoolState.Moving,
            found.Elsewhere,
            [.. found.Silos.Select(silo => new TenantPoolSilo(silo.Address, silo.Pool, silo.Activations))]);
}
