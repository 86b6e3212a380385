using System.Text.Json.Nodes;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>A resource that is there.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Json">Its content; not to be changed.</param>
/// <param name="Version">Its version.</param>
internal sealed record KnownResource(string Id, JsonObject Json, long Version);

/// <summary>What the mapping of a message has to know of the hospital's record.</summary>
internal interface IHl7Record
{
    /// <summary>The resources that have one of these identifiers, two at most for each.</summary>
    /// <param name="type">The resource type.</param>
    /// <param name="identifiers">Systems and values.</param>
    /// <param name="cancel">Ends it.</param>
    Task<IReadOnlyList<KnownResource>> FindAsync(string type, IReadOnlyList<(string System, string Value)> identifiers, CancellationToken cancel);

    /// <summary>The resources of these types and ids that are there, in no order.</summary>
    Task<IReadOnlyList<(string Type, KnownResource Resource)>> ReadAsync(IReadOnlyList<(string Type, string Id)> ids, CancellationToken cancel);
}
