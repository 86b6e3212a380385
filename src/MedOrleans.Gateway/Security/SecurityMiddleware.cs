using MedOrleans.Gateway.Console;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Security;

/// <summary>Who besides the addressed hospital's own clients may use an endpoint.</summary>
/// <param name="OrTenant">Whether the addressed hospital's clients may use the operator's endpoint too.</param>
/// <param name="OrAnyTenant">Whether every hospital's clients may: what it says is the same for all.</param>
/// <param name="OrTenantAdmin">Whether those of the addressed hospital's clients may that have the scope <c>tenant/admin</c>.</param>
internal sealed record OperatorAccess(bool OrTenant = false, bool OrAnyTenant = false, bool OrTenantAdmin = false);

/// <summary>
/// Lets a request through to its endpoint once its token is proven. Another hospital's address answers exactly as one that nobody has.
/// </summary>
internal sealed class SecurityMiddleware(RequestDelegate next, IAccessTokenValidator tokens, ConsoleGate console)
{
    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        if (endpoint?.Metadata.GetMetadata<ConsoleEndpoint>() is not null)
        {
            return console.AdmitAsync(context, endpoint, next);
        }

        if (endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return next(context);
        }

        string? header = context.Request.Headers.Authorization;
        if (header is null || !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return RefuseAsync(context, 401, "login", "The request needs a bearer token: see POST /oauth2/token.", "Bearer");
        }

        var validation = tokens.ValidateAsync(header[7..].Trim());
        return validation.IsCompletedSuccessfully ? AdmitAsync(context, endpoint, validation.Result) : AwaitAsync(context, endpoint, validation);
    }

    private async Task AwaitAsync(HttpContext context, Endpoint? endpoint, ValueTask<AccessPrincipal?> validation) =>
        await AdmitAsync(context, endpoint, await validation);

    private Task AdmitAsync(HttpContext context, Endpoint? endpoint, AccessPrincipal? principal)
    {
        if (principal is null)
        {
            return RefuseAsync(context, 401, "login", "The bearer token is not valid, or has ended.", "Bearer error=\"invalid_token\"");
        }

        if (endpoint is null)
        {
            return RefuseAsync(context, 404, "not-found", "There is nothing at this address.");
        }

        context.Features.Set(principal);
        var tenant = context.Request.RouteValues.TryGetValue("tenant", out var value) ? value as string : null;
        if (endpoint.Metadata.GetMetadata<OperatorAccess>() is { } access)
        {
            var isOwn = principal.Tenant is { } own && own.Value == tenant;
            return principal.IsOperator || access.OrAnyTenant || (isOwn && (access.OrTenant || (access.OrTenantAdmin && principal.Scopes.IsTenantAdmin))) ? next(context)
                : isOwn && access.OrTenantAdmin ? RefuseAsync(context, 403, "forbidden", "This needs the scope tenant/admin.")
                : access.OrTenant || access.OrTenantAdmin ? RefuseAsync(context, 404, "not-found", "There is no such hospital.")
                : RefuseAsync(context, 403, "forbidden", "The address is the operator's.");
        }

        if (principal.IsOperator)
        {
            return RefuseAsync(context, 403, "forbidden", "The operator's token opens no hospital's record.");
        }

        return principal.Tenant?.Value == tenant ? next(context) : RefuseAsync(context, 404, "not-found", "There is no such hospital.");
    }

    private static Task RefuseAsync(HttpContext context, int status, string code, string details, string? challenge = null)
    {
        if (challenge is not null)
        {
            context.Response.Headers.WWWAuthenticate = challenge;
        }

        if (context.Request.Path.StartsWithSegments("/fhir", StringComparison.Ordinal))
        {
            return OperationOutcomes.WriteAsync(context, status, new Issue(code, details));
        }

        return Results.Problem(details, statusCode: status).ExecuteAsync(context);
    }
}
