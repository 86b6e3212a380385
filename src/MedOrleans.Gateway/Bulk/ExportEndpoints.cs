using MedOrleans.Gateway.Fhir;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Gateway.Bulk;

/// <summary>FHIR Bulk Data Access (IG 2.0): <c>$export</c> of a hospital's record, or of its patients' part.</summary>
internal static class ExportEndpoints
{
    private const string Definitions = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/";

    public static void MapExport(this IEndpointRouteBuilder app)
    {
        var pipeline = app.ServiceProvider.GetRequiredService<FhirPipeline>();
        var export = app.ServiceProvider.GetRequiredService<ExportInteractions>();
        var files = app.ServiceProvider.GetRequiredService<ExportFiles>();
        var fhir = app.MapGroup("/fhir/{tenant}");
        fhir.MapGet("/$export", pipeline.Handle(call => export.StartAsync(call, ofPatients: false)))
            .WithMetadata(new OperationMetadata("export", Definitions + "export"));
        fhir.MapGet("/Patient/$export", pipeline.Handle(call => export.StartAsync(call, ofPatients: true)))
            .WithMetadata(new OperationMetadata("export", Definitions + "patient-export", "Patient"));
        fhir.MapGet("/$export/{job}", pipeline.Handle(export.StatusAsync));
        fhir.MapDelete("/$export/{job}", pipeline.Handle(export.EndAsync));
        fhir.MapGet("/$export/{job}/{file}", (RequestDelegate)files.SendAsync);
    }
}
