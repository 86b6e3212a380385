using MedOrleans.Plans;
using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

/// <summary>What a tenant grain keeps. Stored as JSON under the state name <c>tenant-v1</c>: members are added, never renamed.</summary>
[GenerateSerializer, Alias("MedOrleans.TenantState")]
internal sealed class TenantState
{
    /// <summary>The name for people.</summary>
    [Id(0)]
    public string Name { get; set; } = "";

    /// <summary>Where it stands.</summary>
    [Id(1)]
    public TenantStatus Status { get; set; }

    /// <summary>The pool.</summary>
    [Id(2)]
    public string Pool { get; set; } = "";

    /// <summary>The database that keeps the record.</summary>
    [Id(3)]
    public string Database { get; set; } = "";

    /// <summary>When it was created.</summary>
    [Id(4)]
    public DateTimeOffset Created { get; set; }

    /// <summary>Its client credentials.</summary>
    [Id(5)]
    public List<TenantClient> Clients { get; set; } = [];

    /// <summary>The plans it has had, oldest first; empty in a hospital of before plans.</summary>
    [Id(6)]
    public List<PlanPeriod> Plans { get; set; } = [];

    /// <summary>The invitation that it signed up by; null where the operator created it.</summary>
    [Id(7)]
    public string? Invitation { get; set; }

    /// <summary>When it was closed; null unless it is.</summary>
    [Id(8)]
    public DateTimeOffset? ClosedAt { get; set; }

    /// <summary>When its grace period is over; null unless it is closed.</summary>
    [Id(9)]
    public DateTimeOffset? DeleteAfter { get; set; }

    /// <summary>Where it stood before it was closed, or began to be restored.</summary>
    [Id(10)]
    public TenantStatus StatusBefore { get; set; }

    /// <summary>When it was deleted; null unless it is. What is left of it then is for statements.</summary>
    [Id(11)]
    public DateTimeOffset? Deleted { get; set; }

    /// <summary>Whether it is suspended by its budget's hard cap.</summary>
    [Id(12)]
    public bool IsCapped { get; set; }
}

/// <summary>Client credentials as they are kept: without the secret.</summary>
[GenerateSerializer, Alias("MedOrleans.TenantClient")]
internal sealed class TenantClient
{
    /// <summary>The client id.</summary>
    [Id(0)]
    public string ClientId { get; set; } = "";

    /// <summary>What they are for.</summary>
    [Id(1)]
    public string Name { get; set; } = "";

    /// <summary>What they may do.</summary>
    [Id(2)]
    public string Scopes { get; set; } = "";

    /// <summary>SHA-256 of the secret, which is 256 random bits.</summary>
    [Id(3)]
    public byte[] SecretHash { get; set; } = [];

    /// <summary>When they were made.</summary>
    [Id(4)]
    public DateTimeOffset Created { get; set; }

    /// <summary>SHA-256 of the secret before the last rotation; null where there was none.</summary>
    [Id(5)]
    public byte[]? FormerHash { get; set; }

    /// <summary>Until when the former secret is good.</summary>
    [Id(6)]
    public DateTimeOffset FormerUntil { get; set; }
}
