using MedOrleans.Gateway.Security;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Admin;

/// <summary>The keys that a hospital's record is sealed with: list, rotate.</summary>
internal static class TenantKeyEndpoints
{
    public static void MapTenantKeys(this RouteGroupBuilder admin)
    {
        var keys = admin.MapGroup("/tenants/{tenant}/keys").WithMetadata(new OperatorAccess(OrTenantAdmin: true)).WithTags("Tenants");
        keys.MapGet("/", ListAsync).WithSummary("Lists a hospital's data keys by fingerprint.");
        keys.MapPost("/rotate", RotateAsync).WithSummary("Makes a data key for new versions; what is stored stays sealed with the former ones.");
    }

    private static async Task<Results<Ok<IReadOnlyList<TenantKeySummary>>, ProblemHttpResult>> ListAsync(
        string tenant, ITenantDirectory directory, ITenantKeys keys, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await directory.FindAsync(id, cancel) is not null
            ? TypedResults.Ok(await keys.ListAsync(id, cancel))
            : AdminProblems.NoHospital();

    private static async Task<Results<Ok<TenantKeySummary>, ProblemHttpResult>> RotateAsync(
        string tenant, ITenantDirectory directory, ITenantKeys keys, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await directory.FindAsync(id, cancel) is not null
            ? TypedResults.Ok(await keys.RotateAsync(id, cancel))
            : AdminProblems.NoHospital();
}
