using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

/// <summary>What the catalogue keeps. Stored as JSON under the state name <c>invitations-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.InvitationCatalogState")]
internal sealed class InvitationCatalogState
{
    /// <summary>The invitations in the order that they were made.</summary>
    [Id(0)]
    public List<KeptInvitation> Invitations { get; set; } = [];
}

/// <summary>An invitation as it is kept: without its code.</summary>
[GenerateSerializer, Alias("MedOrleans.KeptInvitation")]
internal sealed class KeptInvitation
{
    /// <summary>The invitation.</summary>
    [Id(0)]
    public required Invitation Invitation { get; set; }

    /// <summary>SHA-256 of the code, of which 256 bits are random.</summary>
    [Id(1)]
    public byte[] CodeHash { get; set; } = [];
}
