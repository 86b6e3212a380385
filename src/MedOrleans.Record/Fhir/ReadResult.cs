using MedOrleans.Cluster;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir;

/// <summary>How a resource is to be read.</summary>
public sealed record ReadOptions
{
    /// <summary>The type it must have; null for any.</summary>
    public string? Type { get; init; }

    /// <summary>The id that it is stored under.</summary>
    public required string Id { get; init; }

    /// <summary>True where the content's own id must be there and equal <see cref="Id"/> (update); false where it is replaced (create).</summary>
    public bool IdMustMatch { get; init; }

    /// <summary>Values of references to write in place of those read: <c>urn:uuid:…</c> and conditional ones, resolved.</summary>
    public IReadOnlyDictionary<string, string>? References { get; init; }

    /// <summary>The hospital's own FHIR addresses, each ending in '/': an absolute reference below one is stored and indexed as a relative one.</summary>
    public IReadOnlyList<string> BaseAddresses { get; init; } = [];
}

/// <summary>What came of reading a resource.</summary>
/// <param name="Resource">The resource, ready for a commit; null where it is not valid.</param>
/// <param name="Issues">Everything that is wrong, and warnings; each names its element.</param>
public sealed record ReadResult(PreparedResource? Resource, IReadOnlyList<Issue> Issues);
