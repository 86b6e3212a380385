using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on appointments and schedules.</summary>
internal static class BookingEndpoints
{
    public static void MapBooking(this RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var booking = services.GetRequiredService<BookingInteractions>();
        foreach (var operation in BookingOperation.All)
        {
            fhir.MapPost($"/{operation.Type}/{{id}}/${operation.Name}", pipeline.Handle(call => booking.RunAsync(call, operation, call.Route("id"))))
                .WithMetadata(new OperationMetadata(operation.Name, operation.Url, operation.Type));
            if (operation.OnType)
            {
                fhir.MapPost($"/{operation.Type}/${operation.Name}", pipeline.Handle(call => booking.RunAsync(call, operation, id: null)));
            }
        }
    }
}
