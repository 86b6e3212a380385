namespace MedOrleans.Records;

/// <summary>One version of a resource as the store keeps it.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.StoredVersion")]
public sealed record StoredVersion
{
    /// <summary>The resource type.</summary>
    [Id(0)]
    public required string Type { get; init; }

    /// <summary>The logical id.</summary>
    [Id(1)]
    public required string Id { get; init; }

    /// <summary>The version, counted from 1 without gaps; a deletion is a version too.</summary>
    [Id(2)]
    public required long Version { get; init; }

    /// <summary>When this version was made, UTC, to the millisecond: <c>meta.lastUpdated</c>.</summary>
    [Id(3)]
    public required DateTimeOffset LastUpdated { get; init; }

    /// <summary>True where this version is a deletion; it has no body then.</summary>
    [Id(4)]
    public bool Deleted { get; init; }

    /// <summary>The resource as UTF-8 JSON, byte for byte what a read returns; empty for a deletion. Never changed in place.</summary>
    [Id(5)]
    public byte[] Body { get; init; } = [];

    /// <summary>The command that made this version: a retried command finds its own effect by it.</summary>
    [Id(6)]
    public Guid CommandId { get; init; }
}
