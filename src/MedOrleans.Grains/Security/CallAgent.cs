using MedOrleans.Cluster;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Grains.Security;

/// <summary>For whom a grain call is made, and about what.</summary>
internal static class CallAgent
{
    /// <summary>The caller that <see cref="TenantCallFilter"/> has proven.</summary>
    public static Caller Caller() => new(
        RequestContext.Get(CallCredentials.Agent) as string ?? "cluster", Scopes: RequestContext.Get(CallCredentials.Scopes) as string);

    /// <summary>
    /// The key of a grain that sees resources of one type. A token's scopes were held against the type in the key: with another one they would have been held against the
    /// wrong type.
    /// </summary>
    /// <exception cref="AccessDeniedException">The key is none, or of another type.</exception>
    public static ResourceKey KeyOf(Grain grain, string type) =>
        ResourceKey.TryParse(grain.GetPrimaryKeyString(), out var key) && key.Type == type ? key : throw new AccessDeniedException();

    /// <summary>The key of a grain that owns a resource.</summary>
    /// <exception cref="AccessDeniedException">The key is none, or of a type that grains of another class own.</exception>
    public static ResourceKey OwnedBy(Grain grain) =>
        ResourceKey.TryParse(grain.GetPrimaryKeyString(), out var key) && grain.GetGrainId().Type == GrainType.Create(ResourceOwners.GrainTypeOf(key.Type)) ? key : throw new AccessDeniedException();
}
