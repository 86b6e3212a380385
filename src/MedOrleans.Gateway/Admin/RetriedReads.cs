using MedOrleans.Gateway.Fhir;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Admin;

/// <summary>Asks the cluster again where it could not answer a GET: a silo that died or leaves. What changes something is not tried twice.</summary>
internal sealed class RetriedReads(ClusterRetry retry) : IEndpointFilter
{
    // A statement of a long month, a verification of all its usage.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        HttpMethods.IsGet(context.HttpContext.Request.Method)
            ? await retry.RunAsync(() => next(context).AsTask(), context.HttpContext.RequestAborted, s_patience)
            : await next(context);
}
