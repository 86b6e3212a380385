namespace MedOrleans.Security;

/// <summary>Attaches the cluster's secret to the calls of its own silos and gateways; a client's process never has it.</summary>
/// <param name="credential">The secret.</param>
public sealed class ClusterCredentialFilter(ClusterCredential credential) : IOutgoingGrainCallFilter
{
    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        RequestContext.Set(CallCredentials.ClusterSecret, credential.Value);
        return context.Invoke();
    }
}
