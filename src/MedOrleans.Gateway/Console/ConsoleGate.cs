using MedOrleans.Gateway.Console.Pages;
using MedOrleans.Record.Store;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace MedOrleans.Gateway.Console;

/// <summary>Marks the console's endpoints: a session cookie opens them, and nothing else.</summary>
internal sealed record ConsoleEndpoint;

/// <summary>Marks the operator's pages; to a hospital's people they are not there.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OperatorPageAttribute : Attribute;

/// <summary>Lets a request through to the console once its session is proven. Another hospital's page answers exactly as one that nobody has.</summary>
internal sealed class ConsoleGate(ConsoleSessions sessions, ITenantDirectory directory)
{
    /// <summary>The session cookie's name.</summary>
    public const string Cookie = "medorleans-console";

    /// <summary>The console's address.</summary>
    public const string Base = "/console";

    // Styles may stand in the page: the component library sets widths and colours on elements. Nothing else may, and nothing comes from elsewhere.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    /// <summary>Proves the session and passes the request on.</summary>
    public async Task AdmitAsync(HttpContext context, Endpoint endpoint, RequestDelegate next)
    {
        Protect(context.Response.Headers);
        if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            await next(context);
            return;
        }

        if (await sessions.FindAsync(context.Request.Cookies[Cookie]) is not { } session)
        {
            await AskAsync(context);
            return;
        }

        context.User = session.ToUser();
        var tenant = context.Request.RouteValues.TryGetValue("tenant", out var value) ? value as string : null;
        if ((tenant is not null && !await IsThereAsync(session, tenant, context.RequestAborted))
            || (endpoint.Metadata.GetMetadata<OperatorPageAttribute>() is not null && !session.IsOperator))
        {
            await new RazorComponentResult<AbsentPage> { StatusCode = 404 }.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private async ValueTask<bool> IsThereAsync(ConsoleSession session, string tenant, CancellationToken cancel) =>
        session.MaySee(tenant) && TenantId.TryParse(tenant, out var id) && await directory.FindAsync(id, cancel) is not null;

    /// <summary>Sends people to the sign-in page and tells programs that they need a session.</summary>
    private static Task AskAsync(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Redirect($"{Base}/sign-in?to={Uri.EscapeDataString(context.Request.Path)}");
            return Task.CompletedTask;
        }

        return Results.Problem("The console needs a sign-in.", statusCode: 401).ExecuteAsync(context);
    }

    private static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-cache, no-store";
        headers.Pragma = "no-cache";
    }
}
