using MedOrleans.Gateway.Console.Pages;
using MedOrleans.Gateway.Security;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Gateway.Console;

/// <summary>Signs people in with the credentials of the API, and out.</summary>
internal static class SignInEndpoints
{
    private const int MaxForm = 8192;

    public static void MapSignIn(this RouteGroupBuilder console)
    {
        console.MapGet("/sign-in", static (string? to, string? ended) => Page(200, to, "", ended is null ? null : "Your session has ended. Sign in again.")).AllowAnonymous();
        console.MapPost("/sign-in", EnterAsync).AllowAnonymous().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxForm));
        console.MapPost("/sign-out", LeaveAsync).DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxForm));
    }

    private static async Task<IResult> EnterAsync(HttpContext context, SignIn signIn, ConsoleSessions sessions, IAntiforgery antiforgery)
    {
        if (await FormAsync(context, antiforgery) is not { } form)
        {
            return Page(400, null, "", "This page was open for too long. Please try again.");
        }

        var (clientId, to) = (form["client_id"].ToString().Trim(), form["to"].ToString());
        var result = await signIn.TryAsync(clientId, form["client_secret"].ToString().Trim(), context.Connection.RemoteIpAddress);
        if (result.Status == SignInStatus.Blocked)
        {
            context.Response.Headers.RetryAfter = "60";
            return Page(429, to, clientId, "Too many failed attempts for this client. Try again in a minute.");
        }

        if (result.Status == SignInStatus.Wrong)
        {
            return Page(401, to, clientId, "The client id or its secret is wrong.");
        }

        var (cookie, session) = sessions.Start(result.Tenant, clientId);
        context.Response.Cookies.Append(ConsoleGate.Cookie, cookie, Options(context, session.Expires));
        return Results.Redirect(IsOurs(to) ? to : ConsoleGate.Base);
    }

    private static async Task<IResult> LeaveAsync(HttpContext context, IAntiforgery antiforgery)
    {
        if (await FormAsync(context, antiforgery) is null)
        {
            return Results.Problem("The form is not this console's.", statusCode: 400);
        }

        context.Response.Cookies.Delete(ConsoleGate.Cookie, Options(context, null));
        context.Response.Headers["Clear-Site-Data"] = "\"cache\"";
        return Results.Redirect($"{ConsoleGate.Base}/sign-in");
    }

    /// <summary>The request's form; null where it is none, or did not come from a page of ours.</summary>
    private static async Task<IFormCollection?> FormAsync(HttpContext context, IAntiforgery antiforgery)
    {
        try
        {
            return context.Request.HasFormContentType && await antiforgery.IsRequestValidAsync(context) ? await context.Request.ReadFormAsync(context.RequestAborted) : null;
        }
        catch (Exception e) when (e is InvalidDataException or BadHttpRequestException)
        {
            return null;
        }
    }

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        Path = ConsoleGate.Base,
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = context.Request.IsHttps,
        Expires = expires,
    };

    private static bool IsOurs(string to) =>
        (to == ConsoleGate.Base || to.StartsWith(ConsoleGate.Base + "/", StringComparison.Ordinal)) && !to.AsSpan().ContainsAny('\\', '\r', '\n') && !to.Contains("..", StringComparison.Ordinal);

    private static RazorComponentResult<SignInPage> Page(int status, string? to, string clientId, string? message) => new(new Dictionary<string, object?>
    {
        [nameof(SignInPage.To)] = to,
        [nameof(SignInPage.ClientId)] = clientId,
        [nameof(SignInPage.Message)] = message,
    })
    { StatusCode = status };
}
