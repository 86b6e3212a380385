using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

/// <content>Client credentials.</content>
internal sealed partial class TenantGrain
{
    private static readonly TimeSpan s_mostOverlap = TimeSpan.FromDays(1);

    public async Task<TenantReply> AddClientAsync(string name, string scopes)
    {
        if (!Exists)
        {
            return Reply(TenantReplyStatus.NotFound);
        }

        if (!Summary().IsReadable(time.GetUtcNow()))
        {
            return Reply(TenantReplyStatus.NotAllowed, "The hospital is closed.");
        }

        if ((string.IsNullOrWhiteSpace(name) || name.Length > 200 ? "The name is missing, or longer than 200 characters." : TenantRules.MistakeInScopes(scopes)) is { } mistake)
        {
            return Reply(TenantReplyStatus.Invalid, mistake);
        }

        if (TenantRules.NewClient(Tenant, state.State, name, scopes, time.GetUtcNow()) is not { } client)
        {
            return Reply(TenantReplyStatus.NotAllowed, "The hospital has as many clients as it can: remove one first.");
        }

        state.State.Clients.Add(client.Kept);
        await state.WriteAsync(this);
        return Reply(TenantReplyStatus.Done) with { Credentials = client.Shown };
    }

    public async Task<TenantReply> RemoveClientAsync(string clientId)
    {
        if (Exists && state.State.Clients.Count > 1 && TenantRules.IsLastAdmin(state.State, clientId))
        {
            return Reply(TenantReplyStatus.NotAllowed, "It is the last client that may administer the hospital: make another with the scope tenant/admin first, or rotate its secret.");
        }

        if (!Exists || state.State.Clients.RemoveAll(client => client.ClientId == clientId) == 0)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such client.");
        }

        await state.WriteAsync(this);
        return Reply(TenantReplyStatus.Done);
    }

    public async Task<TenantReply> RotateClientAsync(string clientId, TimeSpan overlap)
    {
        if (!Exists || state.State.Clients.Find(client => client.ClientId == clientId) is not { } client)
        {
            return Reply(TenantReplyStatus.NotFound, "There is no such client.");
        }

        if (overlap < TimeSpan.Zero || overlap > s_mostOverlap)
        {
            return Reply(TenantReplyStatus.Invalid, "overlapMinutes: is 0 to 1440.");
        }

        var rotated = TenantRules.Rotate(client, time.GetUtcNow() + overlap);
        await state.WriteAsync(this);
        LogRotated(logger, Tenant, clientId);
        return Reply(TenantReplyStatus.Done) with { Credentials = rotated };
    }

    public Task<IReadOnlyList<ClientSummary>> ClientsAsync() => Task.FromResult<IReadOnlyList<ClientSummary>>(
        [.. state.State.Clients.Select(client => new ClientSummary(client.ClientId, client.Name, client.Scopes, client.Created))]);

    public Task<string?> AuthenticateAsync(string clientId, string secret) =>
        Task.FromResult(Exists && Summary().IsReadable(time.GetUtcNow()) ? TenantRules.Authenticate(state.State, clientId, secret, time.GetUtcNow()) : null);
}
