using MedOrleans.Scaling;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>How many silos there should be, and why.</summary>
internal static class ScalingEndpoints
{
    public static void MapScaling(this RouteGroupBuilder admin) =>
        admin.MapGet("/scaling", ShowAsync).WithTags("Cluster").WithSummary("How many silos each pool should have, the signals and the rule of the last decision, and the decisions that changed something.");

    private static async Task<Ok<ScalingView>> ShowAsync(IGrainFactory grains) => TypedResults.Ok(await grains.GetGrain<IScalingGrain>(IScalingGrain.Key).ShowAsync());
}
