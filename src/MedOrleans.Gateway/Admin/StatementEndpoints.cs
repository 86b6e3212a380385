using System.Text;
using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Rating;
using MedOrleans.Rating;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>What came of closing a month for every hospital.</summary>
/// <param name="Month">The month.</param>
/// <param name="Closed">How many statements are closed.</param>
/// <param name="Refused">The hospitals whose statement could not be closed, and why.</param>
internal sealed record ClosedMonth(string Month, int Closed, IReadOnlyDictionary<string, string> Refused);

/// <summary>Rate cards, and the statements that they price.</summary>
internal static class StatementEndpoints
{
    private const int MostHeads = 36;

    public static void MapStatements(this RouteGroupBuilder admin)
    {
        var cards = admin.MapGroup("/rate-cards").WithTags("Billing");
        cards.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Catalog(grains).ListAsync())).WithSummary("Lists the rate cards.");
        cards.MapGet("/{card}", ShowCardAsync).WithSummary("Shows a rate card.");
        cards.MapPut("/{card}", PutCardAsync).WithSummary("Adds a rate card or changes one; what it says of a time that a closed statement used stays as it is.");

        var billing = admin.MapGroup("").WithTags("Billing");
        billing.MapGet("/tenants/{tenant}/statements", ListAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("Lists a hospital's months, the newest first, and the totals of those that are closed; the hospital's own clients may ask too.");
        billing.MapGet("/tenants/{tenant}/statements/{month}", ShowAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("A month's statement (2026-11) as JSON, CSV, HTML or FOCUS 1.2 (format=json|csv|html|focus, or by Accept): a draft until it is closed, the same bytes afterwards; the hospital's own clients may ask too.");
        billing.MapGet("/tenants/{tenant}/statements/{month}/inputs", InputsAsync).WithMetadata(new OperatorAccess(OrTenant: true))
            .WithSummary("What a closed statement was computed from; the hospital's own clients may ask too.");
        billing.MapPost("/tenants/{tenant}/statements/{month}/close", CloseAsync).WithSummary("Closes a month that is over. What is metered later is an adjustment on the next statement.");
        billing.MapPost("/statements/{month}/close", CloseAllAsync).WithSummary("Closes a month that is over for every hospital; to be sent again where some could not be closed.");
    }

    private static async Task<Results<Ok<RateCard>, ProblemHttpResult>> ShowCardAsync(string card, IGrainFactory grains) =>
        await Catalog(grains).FindAsync(card) is { } found ? TypedResults.Ok(found) : Problem(404, "There is no such rate card.");

    private static async Task<Results<Ok<RateCard>, ProblemHttpResult>> PutCardAsync(string card, RateCard body, IGrainFactory grains)
    {
        if (body.Id != card)
        {
            return Problem(400, "id: must be the rate card that the address names.");
        }

        var mistakes = await Catalog(grains).PutAsync(body);
        return mistakes.Count == 0 ? TypedResults.Ok(body) : Problem(400, string.Join(' ', mistakes));
    }

    internal static async Task<Results<Ok<IReadOnlyList<StatementHead>>, ProblemHttpResult>> ListAsync(
        string tenant, ITenantDirectory directory, IGrainFactory grains, TimeProvider time, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id) || await directory.FindAsync(id, cancel) is not { } found)
        {
            return Absent();
        }

        var first = BillingMonth.Of(found.Created);
        var heads = new List<StatementHead>();
        for (var month = BillingMonth.Of(time.GetUtcNow()); month >= first && heads.Count < MostHeads; month = month.Previous)
        {
            heads.Add(await Grain(grains, id, month).HeadAsync() ?? new StatementHead(month.ToString(), StatementStatus.Draft, null, null, null));
        }

        return TypedResults.Ok<IReadOnlyList<StatementHead>>(heads);
    }

    internal static async Task<IResult> ShowAsync(HttpContext context, string tenant, string month, string? format, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id) || !BillingMonth.TryParse(month, out var asked))
        {
            return Absent();
        }

        var reply = await Grain(grains, id, asked).ShowAsync();
        if (reply.Status != StatementReplyStatus.Done)
        {
            return Problem(reply);
        }

        var statement = reply.Statement!;
        return (format ?? FormatOf(context.Request.Headers.Accept.ToString())) switch
        {
            "json" => TypedResults.Bytes(reply.Document!, "application/json"),
            "csv" => TypedResults.Text(StatementFormats.Csv(statement), "text/csv", Encoding.UTF8),
            "html" => TypedResults.Text(StatementFormats.Html(statement), "text/html", Encoding.UTF8),
            "focus" => TypedResults.Text(StatementFormats.Focus(statement), "text/csv", Encoding.UTF8),
            _ => Problem(400, "format: is json, csv, html or focus."),
        };
    }

    private static async Task<IResult> InputsAsync(string tenant, string month, IGrainFactory grains) =>
        TenantId.TryParse(tenant, out var id) && BillingMonth.TryParse(month, out var asked) && await Grain(grains, id, asked).InputsAsync() is { } inputs
            ? TypedResults.Bytes(inputs, "application/json")
            : Problem(404, "There is no closed statement of that month.");

    private static async Task<IResult> CloseAsync(string tenant, string month, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id) || !BillingMonth.TryParse(month, out var asked))
        {
            return Absent();
        }

        var reply = await Grain(grains, id, asked).CloseAsync();
        return reply.Status == StatementReplyStatus.Done ? TypedResults.Bytes(reply.Document!, "application/json") : Problem(reply);
    }

    private static async Task<Results<Ok<ClosedMonth>, ProblemHttpResult>> CloseAllAsync(string month, ITenantDirectory directory, ITenantDeletions deletions, IGrainFactory grains, CancellationToken cancel)
    {
        if (!BillingMonth.TryParse(month, out var asked))
        {
            return Problem(400, "month: is written 2026-11.");
        }

        var closed = 0;
        var refused = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var tenant in BilledHospitals.InAsync(directory, deletions, asked, cancel))
        {
            var reply = await Grain(grains, tenant, asked).CloseAsync();
            if (reply.Status == StatementReplyStatus.Done)
            {
                closed++;
            }
            else if (reply.Status != StatementReplyStatus.NotFound)
            {
                refused[tenant.Value] = reply.Detail ?? reply.Status.ToString();
            }
        }

        return TypedResults.Ok(new ClosedMonth(asked.ToString(), closed, refused));
    }

    private static string FormatOf(string accept) =>
        accept.Contains("text/html", StringComparison.OrdinalIgnoreCase) ? "html"
        : accept.Contains("text/csv", StringComparison.OrdinalIgnoreCase) ? "csv"
        : "json";

    private static IRateCardCatalogGrain Catalog(IGrainFactory grains) => grains.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key);

    private static IStatementGrain Grain(IGrainFactory grains, TenantId tenant, BillingMonth month) => grains.GetGrain<IStatementGrain>(StatementKey.Of(tenant, month));

    private static ProblemHttpResult Problem(StatementReply reply) => Problem(
        reply.Status switch
        {
            StatementReplyStatus.NotFound => 404,
            StatementReplyStatus.NotAllowed => 409,
            _ => 422,
        },
        reply.Detail!);

    private static ProblemHttpResult Absent() => Problem(404, "There is no such hospital, or it was not there in that month.");

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
