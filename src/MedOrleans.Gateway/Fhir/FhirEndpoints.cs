using MedOrleans.Record.Search;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir;

/// <summary>The FHIR R4 endpoints, <c>/fhir/{tenant}</c>.</summary>
public static class FhirEndpoints
{
    /// <summary>Registers what the endpoints need; the record engine, its stores and the cluster client come from elsewhere.</summary>
    public static IServiceCollection AddFhir(this IServiceCollection services)
    {
        services.AddOptions<FhirOptions>().BindConfiguration(FhirOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ClusterCalls>();
        services.AddSingleton<FhirPipeline>();
        services.AddSingleton<Criteria>();
        services.AddSingleton<ReferenceResolver>();
        services.AddSingleton<AuditEvents>();
        services.AddSingleton<ReadInteractions>();
        services.AddSingleton<WriteInteractions>();
        services.AddSingleton<SearchInteractions>();
        services.AddSingleton<HistoryInteractions>();
        return services;
    }

    /// <summary>Maps the endpoints. They stand behind the security middleware, but for the documents that are the same for everybody.</summary>
    public static IEndpointConventionBuilder MapFhir(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var pipeline = services.GetRequiredService<FhirPipeline>();
        var read = services.GetRequiredService<ReadInteractions>();
        var write = services.GetRequiredService<WriteInteractions>();
        var search = services.GetRequiredService<SearchInteractions>();
        var history = services.GetRequiredService<HistoryInteractions>();
        var options = services.GetRequiredService<IOptions<FhirOptions>>().Value;

        var fhir = app.MapGroup("/fhir/{tenant}").WithTags("FHIR R4");
        MapRead(fhir, "/{type}/{id}", pipeline.Handle(call => read.ReadAsync(
            call, call.Route("type"), call.Route("id"), call.Http.Request.Headers.IfNoneMatch, call.Http.Request.Headers.IfModifiedSince)));
        MapRead(fhir, "/{type}/{id}/_history/{version}", pipeline.Handle(call =>
            read.ReadVersionAsync(call, call.Route("type"), call.Route("id"), call.Route("version"))));

        fhir.MapPost("/{type}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, options.MaxBodyBytes);
            return refusal ?? await write.CreateAsync(call, call.Route("type"), json, call.Http.Request.Headers["If-None-Exist"]);
        }));
        fhir.MapPut("/{type}/{id}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, options.MaxBodyBytes);
            return refusal ?? await write.UpdateAsync(call, call.Route("type"), call.Route("id"), json, call.Http.Request.Headers.IfMatch);
        }));
        fhir.MapPut("/{type}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, options.MaxBodyBytes);
            return refusal ?? await write.UpdateIfAsync(call, call.Route("type"), Criterion(call), json, call.Http.Request.Headers.IfMatch);
        }));
        fhir.MapDelete("/{type}/{id}", pipeline.Handle(call =>
            write.DeleteAsync(call, call.Route("type"), call.Route("id"), call.Http.Request.Headers.IfMatch)));
        fhir.MapDelete("/{type}", pipeline.Handle(call =>
            write.DeleteIfAsync(call, call.Route("type"), Criterion(call), call.Http.Request.Headers.IfMatch)));

        MapRead(fhir, "/{type}", pipeline.Handle(call =>
            search.SearchAsync(call, call.Route("type"), FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        fhir.MapPost("/{type}/_search", pipeline.Handle(async call =>
        {
            var (form, refusal) = await RequestBody.ReadFormAsync(call, options.MaxBodyBytes);
            return refusal ?? await search.SearchAsync(
                call, call.Route("type"), [.. FhirAddresses.Parameters(call.Http.Request.QueryString.Value), .. FhirAddresses.Parameters(form)]);
        }));

        MapRead(fhir, "/{type}/{id}/_history", pipeline.Handle(call => history.HistoryAsync(
            call, call.Route("type"), call.Route("id"), FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        MapRead(fhir, "/{type}/_history", pipeline.Handle(call => history.HistoryAsync(
            call, call.Route("type"), id: null, FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        MapRead(fhir, "/_history", pipeline.Handle(call => history.HistoryAsync(
            call, type: null, id: null, FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));

        MapRest(fhir, "/{**rest}", pipeline.Handle(call => new(UnknownInteractions.Refuse(call.Http.Request.Method, call.Route("rest")))));
        return fhir;
    }

    private static void MapRead(IEndpointRouteBuilder fhir, string pattern, RequestDelegate handler) =>
        fhir.MapMethods(pattern, ["GET", "HEAD"], handler);

    // Routing prefers every other endpoint to this one, whatever its method.
    private static void MapRest(IEndpointRouteBuilder fhir, string pattern, RequestDelegate handler) => fhir.Map(pattern, handler);

    // Formatting is no criterion.
    private static string Criterion(FhirCall call) => FhirAddresses.Query(FhirAddresses
        .Parameters(call.Http.Request.QueryString.Value)
        .Where(parameter => parameter.Key is not ("_format" or "_pretty")));
}
