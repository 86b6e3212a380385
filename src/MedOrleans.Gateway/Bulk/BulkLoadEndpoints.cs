using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Bulk;

/// <summary>
/// Takes in NDJSON, one resource with its id a line: <c>POST /fhir/{tenant}/$bulk-load</c> for the hospital,
/// <c>POST /admin/tenants/{tenant}/bulk-load</c> for the operator. Loading the same lines again changes nothing.
/// </summary>
internal static class BulkLoadEndpoints
{
    /// <summary>The most bytes of one request.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Maps both addresses.</summary>
    public static void MapBulkLoad(this IEndpointRouteBuilder app)
    {
        app.MapPost("/fhir/{tenant}/$bulk-load", LoadAsync).ExcludeFromDescription();
        app.MapPost("/admin/tenants/{tenant}/bulk-load", LoadAsync).WithMetadata(new OperatorAccess())
            .WithTags("Tenants").WithSummary("Loads NDJSON, one resource with its id a line; a line whose content is stored already changes nothing.");
    }

    private static async Task<IResult> LoadAsync(HttpContext context, string tenant, BulkLoader loader, ITenantDirectory directory, UsageCounters usage, PoolRegistry pools, FairQueue turns, TimeProvider time)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, context.RequestAborted) is not { } found || !found.IsReadable(time.GetUtcNow()))
        {
            return Results.Problem("There is no such hospital.", statusCode: 404);
        }

        if (found.Status != TenantStatus.Active)
        {
            return Results.Problem($"The hospital is {found.Status.ToString().ToLowerInvariant()}: it can be read, not written.", statusCode: 403);
        }

        if (context.Request.ContentLength is > MaxBytes)
        {
            return Results.Problem($"One request takes up to {MaxBytes} bytes: send the lines in parts.", statusCode: 413);
        }

        var body = new MemoryStream((int)(context.Request.ContentLength ?? 1 << 16));
        var buffer = new byte[1 << 16];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBytes)
            {
                return Results.Problem($"One request takes up to {MaxBytes} bytes: send the lines in parts.", statusCode: 413);
            }
        }

        usage.For(id).Add(Counted.Bulk);
        var principal = Principal.Get(context);

        // An import yields to clinical work, and is held against no rate.
        var share = pools.For(id, found.Plan);
        share.Count();
        if (await turns.EnterAsync(id, share.Plan.Weight, WorkClass.Background, context.RequestAborted) != Turn.Taken)
        {
            context.Response.Headers.RetryAfter = "2";
            return Results.Problem("The gateway has as much clinical work as it takes on; send the lines again.", statusCode: 503);
        }

        try
        {
            return await RunAsync(context, id, loader, body, principal);
        }
        finally
        {
            turns.Leave(WorkClass.Background);
        }
    }

    private static async Task<IResult> RunAsync(HttpContext context, TenantId id, BulkLoader loader, MemoryStream body, AccessPrincipal principal) =>
        Results.Json(await loader.LoadAsync(
            id,
            body.GetBuffer().AsMemory(0, (int)body.Length),
            new Caller(principal.ClientId, context.Connection.RemoteIpAddress?.ToString(), context.TraceIdentifier, "bulk load"),
            type => principal.IsOperator || principal.Scopes.Allows(type, Interaction.Create | Interaction.Update),
            context.RequestAborted));
}
