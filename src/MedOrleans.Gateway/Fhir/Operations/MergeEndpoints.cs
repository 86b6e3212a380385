using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations that merge patients.</summary>
internal static class MergeEndpoints
{
    public static void MapMerge(this RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var merges = services.GetRequiredService<MergeInteractions>();
        foreach (var operation in MergeOperation.All)
        {
            var route = operation.OnType ? fhir.MapPost($"/{operation.Type}/${operation.Name}", pipeline.Handle(call => merges.RunAsync(call, operation, id: null)))
                : fhir.MapPost($"/{operation.Type}/{{id}}/${operation.Name}", pipeline.Handle(call => merges.RunAsync(call, operation, call.Route("id"))));
            route.WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type));
        }
    }
}
