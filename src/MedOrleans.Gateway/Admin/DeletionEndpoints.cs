using System.Buffers.Text;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Security;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.IdentityModel.Tokens;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>A deletion to carry out.</summary>
/// <param name="Confirm">The hospital's name, written out.</param>
/// <param name="Force">Whether it is deleted although it is not closed, or its grace period is not over.</param>
internal sealed record DeleteTenantRequest(string Confirm, bool Force = false);

/// <summary>How far a deletion is.</summary>
/// <param name="Tenant">The hospital.</param>
/// <param name="Step">What comes next.</param>
/// <param name="Requested">When it was asked for.</param>
/// <param name="Finished">When it was finished.</param>
/// <param name="Rows">The rows that it deletes, by table, once they are counted.</param>
internal sealed record DeletionView(string Tenant, DeletionStep Step, DateTimeOffset Requested, DateTimeOffset? Finished, IReadOnlyDictionary<string, long> Rows)
{
    public static DeletionView Of(TenantDeletion deletion) => new(deletion.Tenant.Value, deletion.Step, deletion.Requested, deletion.Finished, deletion.Progress.Rows);
}

/// <summary>A certificate: what it says, and the JWS that is signed.</summary>
internal sealed record CertificateView(JsonElement Says, string Jws);

/// <summary>The end of a hospital: deletion, its certificate, and the keys that certificates are verified by.</summary>
internal static class DeletionEndpoints
{
    public static void MapDeletion(this RouteGroupBuilder admin)
    {
        var tenants = admin.MapGroup("/tenants/{tenant}").WithTags("Tenants");
        tenants.MapPost("/delete", DeleteAsync).WithSummary("Deletes a hospital once its grace period is over, or at once with force; confirm is its name. There is no way back.");
        tenants.MapGet("/deletion", ShowAsync).WithSummary("How far a deletion is.");
        tenants.MapGet("/certificate", CertificateAsync).WithSummary("The signed certificate of a finished deletion.");
    }

    /// <summary>Maps the public keys (RFC 7517): those of certificates and of access tokens.</summary>
    public static void MapKeySet(this IEndpointRouteBuilder app) => app.MapGet("/.well-known/jwks.json", KeySetAsync).AllowAnonymous().WithTags("OAuth2");

    private static async Task<Results<Accepted<DeletionView>, ProblemHttpResult>> DeleteAsync(
        HttpContext context, string tenant, DeleteTenantRequest request, IGrainFactory grains, ITenantDeletions deletions, CancellationToken cancel)
    {
        if (!TenantId.TryParse(tenant, out var id))
        {
            return Absent();
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(id.Value).DeleteAsync(new DeleteTenant(request.Confirm ?? "", request.Force, Principal.Get(context).ClientId));
        if (reply.Status != TenantReplyStatus.Done)
        {
            return TypedResults.Problem(
                reply.Detail, statusCode: reply.Status switch { TenantReplyStatus.NotFound => 404, TenantReplyStatus.NotAllowed => 409, _ => 400 });
        }

        // Should this call be lost, a silo finds the tombstone.
        grains.GetGrain<IDeletionGrain>(id.Value).ContinueAsync().Ignore();
        return TypedResults.Accepted($"/admin/tenants/{id}/deletion", DeletionView.Of((await deletions.FindAsync(id, cancel))!));
    }

    private static async Task<Results<Ok<DeletionView>, ProblemHttpResult>> ShowAsync(string tenant, ITenantDeletions deletions, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await deletions.FindAsync(id, cancel) is { } found ? TypedResults.Ok(DeletionView.Of(found)) : Absent();

    private static async Task<Results<Ok<CertificateView>, ProblemHttpResult>> CertificateAsync(string tenant, ITenantDeletions deletions, CancellationToken cancel) =>
        TenantId.TryParse(tenant, out var id) && await deletions.FindAsync(id, cancel) is { Certificate: { } jws }
            ? TypedResults.Ok(new CertificateView(JsonDocument.Parse(Base64Url.DecodeFromChars(jws.Split('.')[1])).RootElement, jws))
            : Absent();

    private static async Task<IResult> KeySetAsync(IClusterSecrets secrets, TokenKeys tokens, CancellationToken cancel)
    {
        using var certificates = await CertificateKey.LoadAsync(secrets, cancel);
        var token = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(tokens.Key);
        return Results.Json(new
        {
            keys = new[]
            {
                certificates.PublicKey(),
                new Dictionary<string, string> { ["kty"] = "EC", ["use"] = "sig", ["alg"] = "ES256", ["kid"] = tokens.Key.KeyId, ["crv"] = "P-256", ["x"] = token.X, ["y"] = token.Y },
            },
        });
    }

    private static ProblemHttpResult Absent() => TypedResults.Problem("There is no such deletion.", statusCode: 404);
}
