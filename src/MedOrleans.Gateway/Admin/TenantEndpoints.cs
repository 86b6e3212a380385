using MedOrleans.Gateway.Security;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>A hospital to create.</summary>
/// <param name="Tenant">The slug: 2 to 40 characters of a-z, 0-9 and '-', beginning with a letter.</param>
/// <param name="Name">The name for people.</param>
/// <param name="Pool">The pool; community where it isn't given.</param>
/// <param name="Database">The database that is to keep the record; the least loaded of the pool where it isn't given.</param>
/// <param name="Scopes">The scopes of the first client credentials; all where they aren't given.</param>
/// <param name="Plan">The plan; hospital where it isn't given.</param>
internal sealed record CreateTenantRequest(string Tenant, string Name, string? Pool = null, string? Database = null, string? Scopes = null, string? Plan = null);

/// <summary>A plan to have from now on.</summary>
/// <param name="Plan">The plan's id.</param>
internal sealed record ChangePlanRequest(string Plan);

/// <summary>The plans that a hospital has had, oldest first, each until the next begins.</summary>
internal sealed record PlanHistoryView(string Tenant, string Plan, IReadOnlyList<PlanPeriod> Periods);

/// <summary>Client credentials to make.</summary>
/// <param name="Name">What they are for.</param>
/// <param name="Scopes">SMART system scopes parted by spaces.</param>
internal sealed record CreateClientRequest(string Name, string Scopes);

/// <summary>A hospital.</summary>
internal sealed record TenantView(string Tenant, string Name, TenantStatus Status, string Pool, string Database, DateTimeOffset Created, string Plan, DateTimeOffset? ClosedAt = null, DateTimeOffset? DeleteAfter = null)
{
    public static TenantView Of(TenantSummary tenant) =>
        new(tenant.Tenant.Value, tenant.Name, tenant.Status, tenant.Pool, tenant.Database, tenant.Created, tenant.Plan, tenant.ClosedAt, tenant.DeleteAfter);
}

/// <summary>A hospital with what it has stored.</summary>
internal sealed record TenantDetails(TenantView Tenant, TenantCounts Counts);

/// <summary>A hospital just created, and its credentials, which are shown this once.</summary>
internal sealed record CreatedTenant(TenantView Tenant, ClientCredentials Credentials);

/// <summary>A page of hospitals.</summary>
/// <param name="Tenants">The hospitals in order of slug.</param>
/// <param name="Next">What to give as <c>after</c> for the next page; null on the last.</param>
internal sealed record TenantList(IReadOnlyList<TenantView> Tenants, string? Next);

/// <summary>The hospitals: create, list, show, suspend, resume, close, and their client credentials.</summary>
internal static class TenantEndpoints
{
    public static void MapTenants(this RouteGroupBuilder admin)
    {
        var tenants = admin.MapGroup("/tenants").WithTags("Tenants");
        tenants.MapPost("/", CreateAsync).WithSummary("Creates a hospital; its credentials are shown this once.");
        tenants.MapGet("/", ListAsync).WithSummary("Lists the hospitals.");
        tenants.MapGet("/{tenant}", ShowAsync).WithMetadata(new OperatorAccess(OrTenant: true)).WithSummary("Shows a hospital and what it has stored; its own clients may ask too.");
        tenants.MapPost("/{tenant}/suspend", (string tenant, IGrainFactory grains) => MoveAsync(tenant, grains, grain => grain.SuspendAsync())).WithSummary("Refuses writes until the hospital is resumed.");
        tenants.MapPost("/{tenant}/resume", (string tenant, IGrainFactory grains) => MoveAsync(tenant, grains, grain => grain.ResumeAsync())).WithSummary("Opens a suspended hospital again.");
        tenants.MapPost("/{tenant}/close", (string tenant, IGrainFactory grains) => MoveAsync(tenant, grains, grain => grain.CloseAsync())).WithMetadata(new OperatorAccess(OrTenantAdmin: true))
            .WithSummary("Closes a hospital: it can be read, exported and reopened until its grace period is over; the hospital itself may close.");
        tenants.MapPost("/{tenant}/reopen", (string tenant, IGrainFactory grains) => MoveAsync(tenant, grains, grain => grain.ReopenAsync())).WithMetadata(new OperatorAccess(OrTenantAdmin: true))
            .WithSummary("Takes a close back while the grace period lasts; the hospital itself may.");
        tenants.MapPost("/{tenant}/plan", ChangePlanAsync).WithMetadata(new OperatorAccess(OrTenantAdmin: true)).WithSummary("Gives a hospital another plan from now on; the hospital itself may choose among those that are offered.");
        tenants.MapGet("/{tenant}/plan", PlanAsync).WithMetadata(new OperatorAccess(OrTenant: true)).WithSummary("The plans that a hospital has had; its own clients may ask too.");
        var clients = tenants.MapGroup("/{tenant}/clients").WithMetadata(new OperatorAccess(OrTenantAdmin: true));
        clients.MapGet("/", ClientsAsync).WithSummary("Lists a hospital's client credentials, without secrets.");
        clients.MapPost("/", AddClientAsync).WithSummary("Makes further client credentials; the secret is shown this once.");
        clients.MapDelete("/{clientId}", RemoveClientAsync).WithSummary("Takes client credentials out of use.");
        clients.MapPost("/{clientId}/rotate", RotateClientAsync).WithSummary("Gives client credentials another secret, shown this once; the former one is good for an hour, or overlapMinutes, longer.");
    }

    private static async Task<Results<Created<CreatedTenant>, ProblemHttpResult>> CreateAsync(CreateTenantRequest request, IGrainFactory grains)
    {
        if (!TenantId.TryParse(request.Tenant, out var tenant))
        {
            return Problem(400, "tenant: a slug has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(tenant.Value).CreateAsync(new CreateTenant
        {
            Name = request.Name ?? "",
            Pool = request.Pool,
            Database = request.Database,
            Scopes = request.Scopes ?? "system/*.cruds",
            Plan = request.Plan,
        });
        return reply.Status == TenantReplyStatus.Done
            ? TypedResults.Created($"/admin/tenants/{tenant}", new CreatedTenant(TenantView.Of(reply.Tenant!), reply.Credentials!))
            : Problem(reply);
    }

    internal static async Task<Ok<TenantList>> ListAsync(ITenantDirectory directory, string? after, int? count, CancellationToken cancel)
    {
        var size = Math.Clamp(count ?? 100, 1, 1000);
        var found = await directory.ListAsync(TenantId.TryParse(after, out var from) ? from : null, size, cancel);
        return TypedResults.Ok(new TenantList([.. found.Select(TenantView.Of)], found.Count == size ? found[^1].Tenant.Value : null));
    }

    private static async Task<Results<Ok<TenantDetails>, ProblemHttpResult>> ShowAsync(string tenant, IGrainFactory grains, IRecordStores stores, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await grains.GetGrain<ITenantManagementGrain>(id.Value).ShowAsync() is { } found
            ? TypedResults.Ok(new TenantDetails(TenantView.Of(found), await stores.Named(found.Database).CountsAsync(id, cancel)))
            : AdminProblems.NoHospital();

    private static async Task<Results<Ok<TenantView>, ProblemHttpResult>> MoveAsync(string tenant, IGrainFactory grains, Func<ITenantManagementGrain, Task<TenantReply>> move)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return AdminProblems.NoHospital();
        }

        var reply = await move(grains.GetGrain<ITenantManagementGrain>(id.Value));
        return reply.Status == TenantReplyStatus.Done ? TypedResults.Ok(TenantView.Of(reply.Tenant!)) : Problem(reply);
    }

    private static async Task<Results<Ok<PlanHistoryView>, ProblemHttpResult>> PlanAsync(string tenant, IGrainFactory grains) =>
        TenantId.TryParse(tenant, out var id) && await grains.GetGrain<ITenantManagementGrain>(id.Value).PlanHistoryAsync() is { Count: > 0 } periods
            ? TypedResults.Ok(new PlanHistoryView(tenant, periods[^1].PlanId, periods))
            : AdminProblems.NoHospital();

    private static async Task<Results<Ok<IReadOnlyList<ClientSummary>>, ProblemHttpResult>> ClientsAsync(string tenant, IGrainFactory grains) =>
        TenantId.TryParse(tenant, out var id) && await grains.GetGrain<ITenantManagementGrain>(id.Value).ShowAsync() is not null
            ? TypedResults.Ok(await grains.GetGrain<ITenantManagementGrain>(id.Value).ClientsAsync())
            : AdminProblems.NoHospital();

    private static async Task<Results<Created<ClientCredentials>, ProblemHttpResult>> AddClientAsync(string tenant, CreateClientRequest request, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return AdminProblems.NoHospital();
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(id.Value).AddClientAsync(request.Name ?? "", request.Scopes ?? "");
        return reply.Status == TenantReplyStatus.Done
            ? TypedResults.Created($"/admin/tenants/{id}/clients/{reply.Credentials!.ClientId}", reply.Credentials)
            : Problem(reply);
    }

    private static async Task<Results<Ok<TenantView>, ProblemHttpResult>> ChangePlanAsync(HttpContext context, string tenant, ChangePlanRequest request, IGrainFactory grains)
    {
        var plan = await grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).FindAsync(request.Plan ?? "");
        return plan is { IsOffered: false } && context.Features.Get<AccessPrincipal>() is { IsOperator: false }
            ? Problem(403, "That plan is the operator's to give.")
            : await MoveAsync(tenant, grains, grain => grain.ChangePlanAsync(request.Plan ?? ""));
    }

    private static async Task<Results<Ok<ClientCredentials>, ProblemHttpResult>> RotateClientAsync(string tenant, string clientId, int? overlapMinutes, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return AdminProblems.NoHospital();
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(id.Value).RotateClientAsync(clientId, TimeSpan.FromMinutes(overlapMinutes ?? 60));
        return reply.Status == TenantReplyStatus.Done ? TypedResults.Ok(reply.Credentials!) : Problem(reply);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveClientAsync(string tenant, string clientId, IGrainFactory grains)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return AdminProblems.NoHospital();
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(id.Value).RemoveClientAsync(clientId);
        return reply.Status == TenantReplyStatus.Done ? TypedResults.NoContent() : Problem(reply);
    }

    private static ProblemHttpResult Problem(TenantReply reply) => Problem(
        reply.Status switch
        {
            TenantReplyStatus.AlreadyExists or TenantReplyStatus.NotAllowed => 409,
            TenantReplyStatus.NotFound => 404,
            _ => 400,
        },
        reply.Detail ?? "There is no such hospital.");

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
