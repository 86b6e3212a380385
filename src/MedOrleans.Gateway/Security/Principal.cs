using MedOrleans.Security;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Security;

/// <summary>Whom a request speaks for, once the security middleware has proven it.</summary>
internal static class Principal
{
    /// <summary>The request's principal; the security middleware refuses requests without one before an endpoint sees them.</summary>
    public static AccessPrincipal Get(HttpContext context) => context.Features.Get<AccessPrincipal>()
        ?? throw new InvalidOperationException("The endpoint is not behind the security middleware.");
}
