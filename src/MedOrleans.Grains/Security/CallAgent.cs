using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Grains.Security;

/// <summary>For whom a grain call is made.</summary>
internal static class CallAgent
{
    /// <summary>The caller that <see cref="TenantCallFilter"/> has proven.</summary>
    public static Caller Caller() => new(RequestContext.Get(CallCredentials.Agent) as string ?? "cluster");
}
