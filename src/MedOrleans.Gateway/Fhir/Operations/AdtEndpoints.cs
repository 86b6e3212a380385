using MedOrleans.Gateway.Fhir.Feeds;
using MedOrleans.Metering.Usage;
using MedOrleans.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on encounters and beds, and their definitions.</summary>
internal static class AdtEndpoints
{
    public static void MapAdt(this RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var adt = services.GetRequiredService<AdtInteractions>();
        foreach (var operation in AdtOperation.All)
        {
            var metadata = new OperationMetadata(operation.Name, operation.Url, operation.Type, operation.IsRead ? Counted.Search : null);
            var instance = $"/{operation.Type}/{{id}}/${operation.Name}";
            if (operation.Name == "census")
            {
                var feed = services.GetRequiredService<CensusFeed>();
                fhir.MapGet(instance, pipeline.Handle(call => MediaTypes.AcceptsEvents(call.Http.Request) ? feed.OpenAsync(call, call.Route("id")) : adt.CensusAsync(call, call.Route("id"))))
                    .WithMetadata(metadata, new FeedMetadata());
            }
            else if (!operation.IsRead)
            {
                fhir.MapPost(instance, pipeline.Handle(call => adt.RunAsync(call, operation, call.Route("id")))).WithMetadata(metadata);
                if (operation.OnType)
                {
                    fhir.MapPost($"/{operation.Type}/${operation.Name}", pipeline.Handle(call => adt.RunAsync(call, operation, id: null)));
                }
            }
        }
    }

    /// <summary>The definitions of all operations.</summary>
    public static void MapDefinitions(this RouteGroupBuilder fhir, FhirPipeline pipeline)
    {
        foreach (var operation in OperationDefinitions.All)
        {
            var definition = OperationDefinitions.Of(operation);
            fhir.MapMethods($"/{OperationDefinitions.Type}/{operation.Id}", ["GET", "HEAD"], pipeline.Handle(call =>
                new(call.Forbids(OperationDefinitions.Type, Interaction.Read) ?? new FhirResult(200) { Content = definition })))
                .WithMetadata(new InteractionMetadata("read"));
        }
    }
}
