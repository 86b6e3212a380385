namespace MedOrleans.Tenants;

/// <summary>The invitations by which hospitals sign up without an operator's hand, for the cluster's own edge. One grain, its key <see cref="Key"/>.</summary>
[Alias("MedOrleans.IInvitationCatalogGrain")]
public interface IInvitationCatalogGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "invitations";

    /// <summary>Makes an invitation; its code is in this reply alone.</summary>
    [Alias("Create")]
    Task<InvitationReply> CreateAsync(CreateInvitation command);

    /// <summary>The invitations, the newest first: those that are open, and those of the last 90 days.</summary>
    [Alias("List")]
    Task<IReadOnlyList<Invitation>> ListAsync();

    /// <summary>Takes an invitation back that nobody has used; false where there is none.</summary>
    [Alias("Withdraw")]
    Task<bool> WithdrawAsync(string id);

    /// <summary>The invitation of a code that can be used now; null otherwise.</summary>
    [Alias("Find")]
    Task<Invitation?> FindAsync(string code);

    /// <summary>Keeps an invitation for one slug, so that two sign-ups cannot use it; null where it can't be had for that slug.</summary>
    [Alias("Redeem")]
    Task<Invitation?> RedeemAsync(string code, TenantId tenant);

    /// <summary>Gives it back: the hospital could not be created.</summary>
    [Alias("Release")]
    Task ReleaseAsync(string id, TenantId tenant);
}

/// <summary>Makes an invitation.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.CreateInvitation")]
public sealed record CreateInvitation
{
    /// <summary>Whom it is for, in the operator's words.</summary>
    [Id(0)]
    public required string Note { get; init; }

    /// <summary>The plans that may be chosen; every one that is offered where none is given.</summary>
    [Id(1)]
    public IReadOnlyList<string> Plans { get; init; } = [];

    /// <summary>Days that it is good, 1 to 90.</summary>
    [Id(2)]
    public int Days { get; init; } = 14;

    /// <summary>The pool that the hospital is placed in; null for <c>community</c>.</summary>
    [Id(3)]
    public string? Pool { get; init; }
}

/// <summary>An invitation, without its code.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.Invitation")]
public sealed record Invitation
{
    /// <summary>Its id, the code's first part.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>Whom it is for.</summary>
    [Id(1)]
    public required string Note { get; init; }

    /// <summary>The plans that may be chosen; empty for every one that is offered.</summary>
    [Id(2)]
    public required IReadOnlyList<string> Plans { get; init; }

    /// <summary>The pool; null for <c>community</c>.</summary>
    [Id(3)]
    public string? Pool { get; init; }

    /// <summary>When it was made.</summary>
    [Id(4)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it ends.</summary>
    [Id(5)]
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The slug of the hospital that used it.</summary>
    [Id(6)]
    public string? UsedBy { get; init; }

    /// <summary>When it was used.</summary>
    [Id(7)]
    public DateTimeOffset? UsedAt { get; init; }
}

/// <summary>A new invitation, or what is wrong with the command.</summary>
/// <param name="Invitation">The invitation.</param>
/// <param name="Code">The code, shown this once.</param>
/// <param name="Mistake">Why there is none.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.InvitationReply")]
public sealed record InvitationReply(
    [property: Id(0)] Invitation? Invitation,
    [property: Id(1)] string? Code,
    [property: Id(2)] string? Mistake);
