using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Admin;

/// <summary>What is metered.</summary>
internal static class UsageEndpoints
{
    public static void MapUsage(this RouteGroupBuilder admin)
    {
        var usage = admin.MapGroup("").WithTags("Usage");
        usage.MapGet("/meters", Meters).WithMetadata(new OperatorAccess(OrAnyTenant: true))
            .WithSummary("The catalogue of meters: unit, definition, and how exact each is; every hospital's clients may ask.");
    }

    private static Ok<IReadOnlyList<Meter>> Meters() => TypedResults.Ok(Metering.Usage.Meters.All);
}
