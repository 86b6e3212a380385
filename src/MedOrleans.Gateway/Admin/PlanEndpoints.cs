using MedOrleans.Gateway.Security;
using MedOrleans.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>The plans: list, show, put.</summary>
internal static class PlanEndpoints
{
    public static void MapPlans(this RouteGroupBuilder admin)
    {
        var plans = admin.MapGroup("/plans").WithTags("Plans");
        plans.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Catalog(grains).ListAsync())).WithMetadata(new OperatorAccess(OrAnyTenant: true)).WithSummary("Lists the plans: shares of the five pools, weight and rate card; every hospital's clients may ask.");
        plans.MapGet("/{plan}", ShowAsync).WithSummary("Shows a plan.");
        plans.MapPut("/{plan}", PutAsync).WithSummary("Adds a plan or changes one; hospitals that have it feel the change within seconds.");
    }

    private static async Task<Results<Ok<Plan>, ProblemHttpResult>> ShowAsync(string plan, IGrainFactory grains) =>
        await Catalog(grains).FindAsync(plan) is { } found ? TypedResults.Ok(found) : TypedResults.Problem("There is no such plan.", statusCode: 404);

    private static async Task<Results<Ok<Plan>, ProblemHttpResult>> PutAsync(string plan, Plan body, IGrainFactory grains)
    {
        if (body.Id != plan)
        {
            return TypedResults.Problem("id: must be the plan that the address names.", statusCode: 400);
        }

        var mistakes = await Catalog(grains).PutAsync(body);
        return mistakes.Count == 0 ? TypedResults.Ok(body) : TypedResults.Problem(string.Join(' ', mistakes), statusCode: 400);
    }

    private static IPlanCatalogGrain Catalog(IGrainFactory grains) => grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key);
}
