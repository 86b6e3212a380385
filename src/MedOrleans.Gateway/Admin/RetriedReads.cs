using MedOrleans.Gateway.Fhir;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Admin;

/// <summary>Asks the cluster again where it could not answer a GET: a silo that died or leaves. What changes something is not tried twice, nor what is half sent.</summary>
internal sealed class RetriedReads(ClusterRetry retry) : IEndpointFilter
{
    // A statement of a long month, a verification of all its usage: one at a time, and as long as it takes.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        HttpMethods.IsGet(context.HttpContext.Request.Method)
            ? await retry.RunAsync(() => OnceAsync(context, next), context.HttpContext.RequestAborted, patience: s_limit, limit: s_limit)
            : await next(context);

    private static async Task<object?> OnceAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (context.HttpContext.Response.HasStarted && ClusterRetry.IsTransient(e))
        {
            throw new InvalidOperationException("The answer broke off.", e);
        }
    }
}
