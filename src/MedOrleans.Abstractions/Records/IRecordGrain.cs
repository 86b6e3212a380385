using MedOrleans.Security;

namespace MedOrleans.Records;

/// <summary>
/// One FHIR resource of any type, for a HIS frontend. The key is a <see cref="ResourceKey"/>. Needs a tenant token whose
/// tenant is the key's and whose scopes cover the resource type.
/// </summary>
[TenantFacing]
[Alias("MedOrleans.IRecordGrain")]
public interface IRecordGrain : IGrainWithStringKey
{
    /// <summary>The current version; null where the resource was never made. A deleted one has <see cref="StoredVersion.Deleted"/>.</summary>
    [Alias("Read"), Requires(Interaction.Read)]
    Task<StoredVersion?> ReadAsync();

    /// <summary>One version of the past; null where there is none.</summary>
    [Alias("ReadVersion"), Requires(Interaction.Read)]
    Task<StoredVersion?> ReadVersionAsync(long version);

    /// <summary>Stores <paramref name="json"/> as the next version (as the first, where there is none).</summary>
    /// <param name="json">The resource as UTF-8 FHIR JSON; its id is the key's.</param>
    /// <param name="ifMatch">The version that must be current; null to take whichever is.</param>
    [Alias("Update"), Requires(Interaction.Update)]
    Task<WriteReply> UpdateAsync(byte[] json, long? ifMatch = null);

    /// <summary>Deletes the resource; its history stays.</summary>
    [Alias("Delete"), Requires(Interaction.Delete)]
    Task<WriteReply> DeleteAsync(long? ifMatch = null);
}

/// <summary>
/// A hospital's record as a whole, for a HIS frontend: what has no key yet. The key is the tenant.
/// </summary>
[TenantFacing]
[Alias("MedOrleans.IHospitalRecordGrain")]
public interface IHospitalRecordGrain : IGrainWithStringKey
{
    /// <summary>Creates a resource under an id that the cluster gives it.</summary>
    /// <param name="type">The resource type, <c>Observation</c>.</param>
    /// <param name="json">The resource as UTF-8 FHIR JSON.</param>
    [Alias("Create"), Requires(Interaction.Create)]
    Task<WriteReply> CreateAsync(string type, byte[] json);

    /// <summary>Searches by the parameters of FHIR R4, written as in an address: <c>family=eve&amp;_count=10</c>.</summary>
    /// <param name="type">The resource type.</param>
    /// <param name="query">The parameters; a <see cref="SearchReply.Next"/> of an earlier reply goes on from there.</param>
    [Alias("Search"), Requires(Interaction.Search)]
    Task<SearchReply> SearchAsync(string type, string query);
}

/// <summary>One page of what a search found.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.SearchReply")]
public sealed record SearchReply
{
    /// <summary>What matched, in the order asked for.</summary>
    [Id(0)]
    public IReadOnlyList<StoredVersion> Matches { get; init; } = [];

    /// <summary>What came along by <c>_include</c> and <c>_revinclude</c>.</summary>
    [Id(1)]
    public IReadOnlyList<StoredVersion> Included { get; init; } = [];

    /// <summary>How many match in all; null where it was not asked for.</summary>
    [Id(2)]
    public long? Total { get; init; }

    /// <summary>The query of the next page; null on the last.</summary>
    [Id(3)]
    public string? Next { get; init; }

    /// <summary>Why the search was refused, or what of it was not used (warnings).</summary>
    [Id(4)]
    public IReadOnlyList<Issue> Issues { get; init; } = [];
}
