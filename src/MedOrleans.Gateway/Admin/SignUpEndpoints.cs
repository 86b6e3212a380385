using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Rating;
using MedOrleans.Plans;
using MedOrleans.Rating;
using MedOrleans.Security;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace MedOrleans.Gateway.Admin;

/// <summary>An invitation to make.</summary>
/// <param name="Note">Whom it is for, in the operator's words.</param>
/// <param name="Plans">The plans that may be chosen; every one that is offered where none is given.</param>
/// <param name="Days">Days that it is good, 1 to 90; 14 where they aren't given.</param>
/// <param name="Pool">The pool that the hospital is placed in; community where it isn't given.</param>
internal sealed record CreateInvitationRequest(string Note, IReadOnlyList<string>? Plans = null, int? Days = null, string? Pool = null);

/// <summary>A new invitation, and its code, which is shown this once.</summary>
internal sealed record CreatedInvitation(Invitation Invitation, string Code);

/// <summary>A hospital that signs up.</summary>
/// <param name="Invitation">The invitation's code.</param>
/// <param name="Tenant">The slug: 2 to 40 characters of a-z, 0-9 and '-', beginning with a letter.</param>
/// <param name="Name">The name for people.</param>
/// <param name="Plan">The plan; the invitation's first, or hospital, where it isn't given.</param>
internal sealed record SignUpRequest(string Invitation, string Tenant, string Name, string? Plan = null);

/// <summary>An invitation to look at.</summary>
/// <param name="Invitation">The code.</param>
internal sealed record InvitationRequest(string Invitation);

/// <summary>A plan to choose, with what it costs now.</summary>
internal sealed record OfferedPlan(Plan Plan, string? Currency, RateCardVersion? Prices);

/// <summary>What an invitation is good for.</summary>
internal sealed record InvitationOffer(DateTimeOffset Expires, IReadOnlyList<OfferedPlan> Plans);

/// <summary>Invitations, and what hospitals do with them: sign up without an operator's hand.</summary>
internal static class SignUpEndpoints
{
    private const int MaxBody = 8192;

    /// <summary>Maps the operator's part.</summary>
    public static void MapInvitations(this RouteGroupBuilder admin)
    {
        var invitations = admin.MapGroup("/invitations").WithTags("Sign-up");
        invitations.MapGet("/", async (IGrainFactory grains) => TypedResults.Ok(await Catalog(grains).ListAsync())).WithSummary("Lists the invitations, without their codes.");
        invitations.MapPost("/", CreateAsync).WithSummary("Makes an invitation; its code is shown this once.");
        invitations.MapDelete("/{invitation}", WithdrawAsync).WithSummary("Takes an invitation back that nobody has used.");
    }

    /// <summary>Maps the hospital's part: the invitation's code is the credential.</summary>
    public static void MapSignUp(this IEndpointRouteBuilder app)
    {
        var signUp = app.MapGroup("/signup").AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MaxBody)).WithTags("Sign-up");
        signUp.MapPost("/offer", OfferAsync).WithSummary("The plans that an invitation lets one choose, with their prices.");
        signUp.MapPost("/", SignUpAsync).WithSummary("Creates the hospital that an invitation is for; its credentials are shown this once. Sent again within a quarter of an hour it answers with new ones.");
    }

    private static async Task<Results<Created<CreatedInvitation>, ProblemHttpResult>> CreateAsync(CreateInvitationRequest request, IGrainFactory grains)
    {
        var reply = await Catalog(grains).CreateAsync(new CreateInvitation { Note = request.Note ?? "", Plans = request.Plans ?? [], Days = request.Days ?? 14, Pool = request.Pool });
        return reply.Mistake is { } mistake
            ? Problem(400, mistake)
            : TypedResults.Created($"/admin/invitations/{reply.Invitation!.Id}", new CreatedInvitation(reply.Invitation, reply.Code!));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> WithdrawAsync(string invitation, IGrainFactory grains) =>
        await Catalog(grains).WithdrawAsync(invitation) ? TypedResults.NoContent() : Problem(404, "There is no such invitation that nobody has used.");

    private static async Task<Results<Ok<InvitationOffer>, ProblemHttpResult>> OfferAsync(
        HttpContext context, InvitationRequest request, FailureLimiter failures, IGrainFactory grains, TimeProvider time)
    {
        if (await InvitationAsync(context, request.Invitation, failures, grains) is not { } invitation)
        {
            return Refused(context, failures);
        }

        var cards = (await grains.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key).ListAsync()).ToDictionary(card => card.Id, StringComparer.Ordinal);
        return TypedResults.Ok(new InvitationOffer(invitation.Expires, [.. (await OfferedAsync(invitation, grains)).Select(plan =>
        {
            var card = cards.GetValueOrDefault(plan.RateCard);
            return new OfferedPlan(plan, card?.Currency, card is null ? null : RateCardRules.At(card, time.GetUtcNow()));
        })]));
    }

    private static async Task<Results<Created<CreatedTenant>, ProblemHttpResult>> SignUpAsync(HttpContext context, SignUpRequest request, FailureLimiter failures, IGrainFactory grains)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (await InvitationAsync(context, request.Invitation, failures, grains) is not { } invitation)
        {
            return Refused(context, failures);
        }

        if (!TenantId.TryParse(request.Tenant, out var tenant))
        {
            return Problem(400, "tenant: a slug has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        }

        var offered = await OfferedAsync(invitation, grains);
        var plan = request.Plan ?? (invitation.Plans.Count > 0 ? invitation.Plans[0] : IPlanCatalogGrain.DefaultPlan);
        if (offered.All(other => other.Id != plan))
        {
            return Problem(400, $"plan: is one of {string.Join(", ", offered.Select(other => other.Id))}.");
        }

        if (await Catalog(grains).RedeemAsync(request.Invitation, tenant) is null)
        {
            return Problem(409, "The invitation is in use for another hospital.");
        }

        var reply = await grains.GetGrain<ITenantManagementGrain>(tenant.Value).CreateAsync(new CreateTenant
        {
            Name = request.Name ?? "",
            Pool = invitation.Pool,
            Scopes = $"system/*.cruds {ScopeSet.TenantAdmin}",
            Plan = plan,
            Invitation = invitation.Id,
        });
        if (reply.Status == TenantReplyStatus.Done)
        {
            return TypedResults.Created($"/admin/tenants/{tenant}", new CreatedTenant(TenantView.Of(reply.Tenant!), reply.Credentials!));
        }

        await Catalog(grains).ReleaseAsync(invitation.Id, tenant);
        return reply.Status == TenantReplyStatus.AlreadyExists
            ? Problem(409, "tenant: the slug is taken; choose another.")
            : Problem(400, reply.Detail!);
    }

    /// <summary>The invitation; null, and the failure counted, where the code is none, or too many were wrong from there.</summary>
    private static async Task<Invitation?> InvitationAsync(HttpContext context, string? code, FailureLimiter failures, IGrainFactory grains)
    {
        if (failures.IsBlocked(Attempt(context)))
        {
            return null;
        }

        var found = code is { Length: > 0 and <= 100 } ? await Catalog(grains).FindAsync(code) : null;
        if (found is null)
        {
            failures.Failed(Attempt(context));
        }

        return found;
    }

    private static ProblemHttpResult Refused(HttpContext context, FailureLimiter failures)
    {
        if (!failures.IsBlocked(Attempt(context)))
        {
            return Problem(403, "The invitation is not valid: it is mistyped, over, used or withdrawn.");
        }

        context.Response.Headers.RetryAfter = "60";
        return Problem(429, "Too many invitations that are not valid came from this address; try again in a minute.");
    }

    private static string Attempt(HttpContext context) => $"signup {context.Connection.RemoteIpAddress}";

    private static async Task<List<Plan>> OfferedAsync(Invitation invitation, IGrainFactory grains)
    {
        var plans = await grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).ListAsync();
        return [.. plans.Where(plan => invitation.Plans.Count > 0 ? invitation.Plans.Contains(plan.Id) : plan.IsOffered)];
    }

    private static IInvitationCatalogGrain Catalog(IGrainFactory grains) => grains.GetGrain<IInvitationCatalogGrain>(IInvitationCatalogGrain.Key);

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
