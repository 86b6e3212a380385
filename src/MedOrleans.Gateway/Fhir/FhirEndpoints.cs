using MedOrleans.Gateway.Fhir.Bundles;
using MedOrleans.Gateway.Fhir.Feeds;
using MedOrleans.Gateway.Fhir.Operations;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Metering.Pools;
using MedOrleans.Record.Wards;
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
        services.AddSingleton<ClusterRetry>();
        services.AddSingleton<ClusterCalls>();
        services.AddSingleton<FhirPipeline>();
        services.AddSingleton(static provider => Turns(provider.GetRequiredService<IOptions<FhirOptions>>().Value, provider.GetRequiredService<PoolOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Criteria>();
        services.AddSingleton<ReferenceResolver>();
        services.AddSingleton<AuditEvents>();
        services.AddSingleton<ReadInteractions>();
        services.AddSingleton<WriteInteractions>();
        services.AddSingleton<SearchInteractions>();
        services.AddSingleton<HistoryInteractions>();
        services.AddSingleton<EntryInteractions>();
        services.AddSingleton<TransactionInteraction>();
        services.AddSingleton<BundleInteractions>();
        services.TryAddSingleton<WardCensus>();
        services.AddSingleton<AdtInteractions>();
        services.AddSingleton<CensusFeeds>();
        services.AddSingleton<CensusFeed>();
        services.AddSingleton<MatchInteractions>();
        services.AddSingleton<MergeInteractions>();
        services.AddSingleton<BookingInteractions>();
        services.AddSingleton<OrderInteractions>();
        services.AddSingleton<CapabilityStatement>();
        services.AddHl7();
        return services;
    }

    /// <summary>Who works next: a tenth of the turns is kept for what hospitals are guaranteed, a quarter is the most that imports have.</summary>
    private static FairQueue Turns(FhirOptions options, PoolOptions pools, TimeProvider time) => new(
        options.MaxConcurrentRequests, Math.Max(1, options.MaxConcurrentRequests * 9 / 10), Math.Max(1, options.MaxConcurrentRequests / 4), options.MaxQueuedRequests, pools.MaxWait, time);

    /// <summary>Maps the endpoints. They stand behind the security middleware, but for the documents that are the same for everybody.</summary>
    public static IEndpointConventionBuilder MapFhir(this IEndpointRouteBuilder app)
    {
        var services = app.ServiceProvider;
        var pipeline = services.GetRequiredService<FhirPipeline>();
        var fhir = app.MapGroup("/fhir/{tenant}");
        MapReads(fhir, services, pipeline);
        MapWrites(fhir, services, pipeline);
        MapSearch(fhir, services, pipeline);
        MapHistory(fhir, services, pipeline);
        MapDocuments(fhir, services);
        fhir.MapAdt(services, pipeline);
        fhir.MapMatch(services, pipeline);
        fhir.MapMerge(services, pipeline);
        fhir.MapBooking(services, pipeline);
        fhir.MapOrders(services, pipeline);
        ReplayInteraction.Map(fhir, services, pipeline);
        fhir.MapDefinitions(pipeline);
        fhir.MapPost("/", pipeline.Handle(services.GetRequiredService<BundleInteractions>().RunAsync, isBundle: true))
            .WithMetadata(new InteractionMetadata("transaction", OfSystem: true))
            .WithMetadata(new InteractionMetadata("batch", OfSystem: true));
        MapRest(fhir, "/{**rest}", pipeline.Handle(call => new(UnknownInteractions.Refuse(call.Http.Request.Method, call.Route("rest")))));
        return fhir;
    }

    private static void MapReads(RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var read = services.GetRequiredService<ReadInteractions>();
        MapGet(fhir, "/{type}/{id}", "read", pipeline.Handle(call => read.ReadAsync(
            call, call.Route("type"), call.Route("id"), call.Http.Request.Headers.IfNoneMatch, call.Http.Request.Headers.IfModifiedSince)));
        MapGet(fhir, "/{type}/{id}/_history/{version}", "vread", pipeline.Handle(call =>
            read.ReadVersionAsync(call, call.Route("type"), call.Route("id"), call.Route("version"))));
    }

    private static void MapWrites(RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var write = services.GetRequiredService<WriteInteractions>();
        var limit = services.GetRequiredService<IOptions<FhirOptions>>().Value.MaxBodyBytes;
        fhir.MapPost("/{type}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, limit);
            return refusal ?? await write.CreateAsync(call, call.Route("type"), json, call.Http.Request.Headers["If-None-Exist"]);
        })).WithMetadata(new InteractionMetadata("create"));
        fhir.MapPut("/{type}/{id}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, limit);
            return refusal ?? await write.UpdateAsync(
                call, call.Route("type"), call.Route("id"), json, call.Http.Request.Headers.IfMatch, call.Http.Request.Headers.IfNoneMatch);
        })).WithMetadata(new InteractionMetadata("update"));
        fhir.MapPut("/{type}", pipeline.Handle(async call =>
        {
            var (json, refusal) = await RequestBody.ReadJsonAsync(call, limit);
            return refusal ?? await write.UpdateIfAsync(call, call.Route("type"), Criterion(call), json, call.Http.Request.Headers.IfMatch);
        })).WithMetadata(new InteractionMetadata("update"));
        fhir.MapDelete("/{type}/{id}", pipeline.Handle(call =>
            write.DeleteAsync(call, call.Route("type"), call.Route("id"), call.Http.Request.Headers.IfMatch)))
            .WithMetadata(new InteractionMetadata("delete"));
        fhir.MapDelete("/{type}", pipeline.Handle(call =>
            write.DeleteIfAsync(call, call.Route("type"), Criterion(call), call.Http.Request.Headers.IfMatch)))
            .WithMetadata(new InteractionMetadata("delete"));
    }

    private static void MapSearch(RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var search = services.GetRequiredService<SearchInteractions>();
        var limit = services.GetRequiredService<IOptions<FhirOptions>>().Value.MaxBodyBytes;
        MapGet(fhir, "/{type}", "search-type", pipeline.Handle(call =>
            search.SearchAsync(call, call.Route("type"), FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        fhir.MapPost("/{type}/_search", pipeline.Handle(async call =>
        {
            var (form, refusal) = await RequestBody.ReadFormAsync(call, limit);
            return refusal ?? await search.SearchAsync(
                call, call.Route("type"), [.. FhirAddresses.Parameters(call.Http.Request.QueryString.Value), .. FhirAddresses.Parameters(form)]);
        })).WithMetadata(new InteractionMetadata("search-type"));
    }

    private static void MapHistory(RouteGroupBuilder fhir, IServiceProvider services, FhirPipeline pipeline)
    {
        var history = services.GetRequiredService<HistoryInteractions>();
        MapGet(fhir, "/{type}/{id}/_history", "history-instance", pipeline.Handle(call => history.HistoryAsync(
            call, call.Route("type"), call.Route("id"), FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        MapGet(fhir, "/{type}/_history", "history-type", pipeline.Handle(call => history.HistoryAsync(
            call, call.Route("type"), id: null, FhirAddresses.Parameters(call.Http.Request.QueryString.Value))));
        MapGet(fhir, "/_history", "history-system", pipeline.Handle(call => history.HistoryAsync(
            call, type: null, id: null, FhirAddresses.Parameters(call.Http.Request.QueryString.Value))), ofSystem: true);
    }

    private static void MapDocuments(RouteGroupBuilder fhir, IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<FhirOptions>>().Value;
        fhir.MapGet("/metadata", FhirPipeline.HandleAnonymous(_ =>
            services.GetRequiredService<CapabilityStatement>().Content)).AllowAnonymous();
        fhir.MapGet("/.well-known/smart-configuration", async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.BodyWriter.WriteAsync(SmartConfiguration.Of(FhirCall.Root(context.Request, options)));
        }).AllowAnonymous();
    }

    private static void MapGet(RouteGroupBuilder fhir, string pattern, string interaction, RequestDelegate handler, bool ofSystem = false) =>
        fhir.MapMethods(pattern, ["GET", "HEAD"], handler).WithMetadata(new InteractionMetadata(interaction, ofSystem));

    // Routing prefers every other endpoint to this one, whatever its method.
    private static void MapRest(RouteGroupBuilder fhir, string pattern, RequestDelegate handler) => fhir.Map(pattern, handler);

    // Formatting is no criterion.
    private static string Criterion(FhirCall call) => FhirAddresses.Query(FhirAddresses
        .Parameters(call.Http.Request.QueryString.Value)
        .Where(parameter => parameter.Key is not ("_format" or "_pretty")));
}
