using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MedOrleans.Grains.Placement;
using MedOrleans.Plans;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Tenants;

/// <summary>The invitations. A code is good once; a retry for the same hospital within a quarter of an hour is let through.</summary>
[ClusterPool]
internal sealed partial class InvitationCatalogGrain(
    [PersistentState("invitations-v1", "Default")] IPersistentState<InvitationCatalogState> state,
    TimeProvider time,
    ILogger<InvitationCatalogGrain> logger) : Grain, IInvitationCatalogGrain
{
    private const int MostOpen = 1000;

    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_remembered = TimeSpan.FromDays(90);

    public async Task<InvitationReply> CreateAsync(CreateInvitation command)
    {
        if (await MistakeAsync(command) is { } mistake)
        {
            return new InvitationReply(null, null, mistake);
        }

        var now = time.GetUtcNow();
        state.State.Invitations.RemoveAll(kept => kept.Invitation.Expires < now - s_remembered);
        if (state.State.Invitations.Count(kept => kept.Invitation.UsedBy is null && kept.Invitation.Expires > now) >= MostOpen)
        {
            return new InvitationReply(null, null, $"There are {MostOpen} open invitations already: withdraw some.");
        }

        var invitation = new Invitation
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
            Note = command.Note.Trim(),
            Plans = [.. command.Plans],
            Pool = command.Pool,
            Created = now,
            Expires = now.AddDays(command.Days),
        };
        var code = $"{invitation.Id}.{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        state.State.Invitations.Add(new KeptInvitation { Invitation = invitation, CodeHash = Hash(code) });
        await state.WriteAsync(this);
        LogCreated(logger, invitation.Id);
        return new InvitationReply(invitation, code, null);
    }

    public Task<IReadOnlyList<Invitation>> ListAsync() =>
        Task.FromResult<IReadOnlyList<Invitation>>([.. state.State.Invitations.Select(kept => kept.Invitation).Reverse()]);

    public async Task<bool> WithdrawAsync(string id)
    {
        if (state.State.Invitations.RemoveAll(kept => kept.Invitation.Id == id && kept.Invitation.UsedBy is null) == 0)
        {
            return false;
        }

        await state.WriteAsync(this);
        LogWithdrawn(logger, id);
        return true;
    }

    public Task<Invitation?> FindAsync(string code) => Task.FromResult(Find(code)?.Invitation);

    public async Task<Invitation?> RedeemAsync(string code, TenantId tenant)
    {
        if (Find(code) is not { } kept || (kept.Invitation.UsedBy is { } by && by != tenant.Value))
        {
            return null;
        }

        if (kept.Invitation.UsedBy is null)
        {
            kept.Invitation = kept.Invitation with { UsedBy = tenant.Value, UsedAt = time.GetUtcNow() };
            await state.WriteAsync(this);
            LogUsed(logger, kept.Invitation.Id, tenant);
        }

        return kept.Invitation;
    }

    public async Task ReleaseAsync(string id, TenantId tenant)
    {
        if (state.State.Invitations.Find(kept => kept.Invitation.Id == id && kept.Invitation.UsedBy == tenant.Value) is { } kept)
        {
            kept.Invitation = kept.Invitation with { UsedBy = null, UsedAt = null };
            await state.WriteAsync(this);
        }
    }

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));

    private async Task<string?> MistakeAsync(CreateInvitation command)
    {
        if (string.IsNullOrWhiteSpace(command.Note) || command.Note.Length > 200 || command.Note.Any(char.IsControl))
        {
            return "note: says whom it is for, in up to 200 characters.";
        }

        if (command.Days is < 1 or > 90)
        {
            return "days: is 1 to 90.";
        }

        var known = await GrainFactory.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).ListAsync();
        return command.Plans.FirstOrDefault(plan => known.All(other => other.Id != plan)) is { } wrong ? $"plans: there is no plan '{wrong}'." : null;
    }

    private KeptInvitation? Find(string code)
    {
        var hash = Hash(code);
        var now = time.GetUtcNow();
        return state.State.Invitations.Find(kept => CryptographicOperations.FixedTimeEquals(kept.CodeHash, hash)
            && kept.Invitation.Expires > now && (kept.Invitation.UsedAt is not { } used || now - used < s_retry));
    }
}
