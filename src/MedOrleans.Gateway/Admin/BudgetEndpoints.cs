using MedOrleans.Gateway.Security;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>What hospitals mean to spend.</summary>
internal static class BudgetEndpoints
{
    public static void MapBudgets(this RouteGroupBuilder admin)
    {
        var budget = admin.MapGroup("/tenants/{tenant}/budget").WithTags("Billing");
        budget.MapGet("/", ShowAsync).WithMetadata(new OperatorAccess(OrTenant: true)).WithSummary("A hospital's budget, what the month has cost so far, and the alerts; the hospital's own clients may ask too.");
        budget.MapPut("/", PutAsync).WithMetadata(new OperatorAccess(OrTenantAdmin: true)).WithSummary("Sets a hospital's monthly budget: alerts at thresholds, and writes that stop at a hard cap if wanted.");
        budget.MapDelete("/", RemoveAsync).WithMetadata(new OperatorAccess(OrTenantAdmin: true)).WithSummary("Takes a hospital's budget away.");
    }

    private static async Task<Results<Ok<BudgetStanding>, ProblemHttpResult>> ShowAsync(string tenant, IGrainFactory grains) =>
        TenantId.TryParse(tenant, out var id) && await Grain(grains, id).ShowAsync() is { } standing ? TypedResults.Ok(standing) : AdminProblems.NoHospital();

    private static async Task<Results<Ok<BudgetStanding>, ProblemHttpResult>> PutAsync(string tenant, Budget body, IGrainFactory grains, ITenantDirectory directory, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is null)
        {
            return AdminProblems.NoHospital();
        }

        // First, so that a crash in between leaves a clerk that looks at nothing, and no budget that nobody looks at.
        await Clerk(grains).WatchAsync(id, hasBudget: true);
        var mistakes = await Grain(grains, id).PutAsync(body);
        return mistakes.Count > 0 ? TypedResults.Problem(string.Join(' ', mistakes), statusCode: 400)
            : await Grain(grains, id).ShowAsync() is { } standing ? TypedResults.Ok(standing) : AdminProblems.NoHospital();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(string tenant, IGrainFactory grains, ITenantDirectory directory, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is null)
        {
            return AdminProblems.NoHospital();
        }

        await Grain(grains, id).RemoveAsync();
        await Clerk(grains).WatchAsync(id, hasBudget: false);
        return TypedResults.NoContent();
    }

    private static IBillingClerkGrain Clerk(IGrainFactory grains) => grains.GetGrain<IBillingClerkGrain>(IBillingClerkGrain.Key);

    private static IBudgetGrain Grain(IGrainFactory grains, TenantId tenant) => grains.GetGrain<IBudgetGrain>(tenant.Value);
}
