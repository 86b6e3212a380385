using MedOrleans.Gateway.Security;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>A restore to carry out, or to look at first.</summary>
/// <param name="To">The moment to go back to, by the time of commit.</param>
/// <param name="DryRun">Whether only the differences are listed.</param>
internal sealed record RestoreRequest(DateTimeOffset To, bool DryRun = false);

/// <summary>What a restore would change.</summary>
/// <param name="Tenant">The hospital.</param>
/// <param name="To">The moment.</param>
/// <param name="Counts">How many resources of each type. One that was changed and changed back is among them, though nothing would be written of it.</param>
/// <param name="First">The first of them, in order of type and id: a thousand at most.</param>
internal sealed record RestorePreview(string Tenant, DateTimeOffset To, IReadOnlyList<RestoreCount> Counts, IReadOnlyList<RestoreItem> First);

/// <summary>One hospital's way back in time.</summary>
internal static class RestoreEndpoints
{
    private const int MostShown = 1000;

    public static void MapRestore(this RouteGroupBuilder admin)
    {
        var restore = admin.MapGroup("/tenants/{tenant}/restore").WithMetadata(new OperatorAccess(OrTenantAdmin: true)).WithTags("Tenants");
        restore.MapPost("/", StartAsync)
            .WithSummary("Takes a hospital's record back to an earlier moment by writing what it was as new versions; reads go on meanwhile, writes are refused. With dryRun it only says what would change. The hospital itself may.");
        restore.MapGet("/", ShowAsync).WithSummary("How far the last restore is; the hospital itself may ask.");
    }

    private static async Task<IResult> StartAsync(
        HttpContext context, string tenant, RestoreRequest request, ITenantDirectory directory, IRecordStores stores, IGrainFactory grains, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return AdminProblems.NoHospital();
        }

        var store = stores.Named(found.Database);
        if (request.To > await store.TimeAsync(cancel) || request.To < found.Created)
        {
            return TypedResults.Problem("to: is a moment between the hospital's creation and now.", statusCode: 400);
        }

        if (request.DryRun)
        {
            var (counts, first) = await store.DifferencesAsync(id, request.To, MostShown, cancel);
            return TypedResults.Ok(new RestorePreview(tenant, request.To, counts, first));
        }

        var grain = grains.GetGrain<IRestoreGrain>(id.Value);
        var reply = await grain.StartAsync(new StartRestore(request.To, Principal.Get(context).ClientId));
        if (reply.Status != TenantReplyStatus.Done)
        {
            return reply.Status == TenantReplyStatus.NotFound ? AdminProblems.NoHospital() : TypedResults.Problem(reply.Detail, statusCode: 409);
        }

        // Should this call be lost, a silo finds the hospital that is being restored.
        grain.ContinueAsync().Ignore();
        return TypedResults.Accepted($"/admin/tenants/{id}/restore", reply.Progress);
    }

    private static async Task<Results<Ok<RestoreProgress>, ProblemHttpResult>> ShowAsync(string tenant, ITenantDirectory directory, IGrainFactory grains, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await directory.FindAsync(id, cancel) is not null && await grains.GetGrain<IRestoreGrain>(id.Value).ShowAsync() is { } progress
            ? TypedResults.Ok(progress)
            : TypedResults.Problem("There is no restore of such a hospital.", statusCode: 404);
}
