using MedOrleans.Metering.Usage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on orders.</summary>
internal static class OrderEndpoints
{
    public static void MapOrders(this RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var orders = services.GetRequiredService<OrderInteractions>();
        foreach (var operation in OrderOperation.All)
        {
            var onType = $"/{operation.Type}/${operation.Name}";
            if (operation.IsRead)
            {
                fhir.MapGet(onType, pipeline.Handle(orders.WorklistAsync)).WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type, Counted.Search));
                continue;
            }

            fhir.MapPost($"/{operation.Type}/{{id}}/${operation.Name}", pipeline.Handle(call => orders.RunAsync(call, operation, call.Route("id"))))
                .WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type));
            if (operation.OnType)
            {
                fhir.MapPost(onType, pipeline.Handle(call => orders.RunAsync(call, operation, id: null)));
            }
        }
    }
}
