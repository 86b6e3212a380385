using MedOrleans.Metering.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on who a patient is.</summary>
internal static class MatchEndpoints
{
    public static void MapMatch(this RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var operation = MatchOperation.Instance;
        fhir.MapPost($"/{operation.Type}/${operation.Name}", pipeline.Handle(services.GetRequiredService<MatchInteractions>().MatchAsync))
            .WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type, Counted.Search));
    }
}
