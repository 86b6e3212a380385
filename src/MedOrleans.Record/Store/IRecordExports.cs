using System.Text.Json;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Record.Store;

/// <summary>What a bulk export is to hold.</summary>
public sealed record ExportRequest
{
    /// <summary>The address that asked for it, given back in the manifest.</summary>
    public required string Url { get; init; }

    /// <summary>The resource types.</summary>
    public required IReadOnlyList<string> Types { get; init; }

    /// <summary>Only what has changed at or after this time, and what was deleted since.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only patients and what refers to one.</summary>
    public bool OfPatients { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static ExportRequest Parse(string json) => JsonSerializer.Deserialize<ExportRequest>(json)!;
}

/// <summary>The rows of one type in an export.</summary>
/// <param name="Type">The type; empty for what was deleted.</param>
/// <param name="Rows">How many there are, numbered from 1.</param>
public sealed record ExportPart(string Type, long Rows)
{
    internal static string ToJson(IReadOnlyList<ExportPart> parts) => JsonSerializer.Serialize(parts);

    internal static IReadOnlyList<ExportPart> Parse(string? json) => json is null ? [] : JsonSerializer.Deserialize<List<ExportPart>>(json)!;
}

/// <summary>A bulk export.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Request">What was asked for.</param>
/// <param name="Requested">When, by the store's clock, UTC.</param>
/// <param name="Expires">Until when its files can be fetched, UTC.</param>
/// <param name="Taken">When its snapshot was taken, UTC; null until then.</param>
/// <param name="Parts">What is in it.</param>
public sealed record ExportJob(Guid Id, ExportRequest Request, DateTimeOffset Requested, DateTimeOffset Expires, DateTimeOffset? Taken, IReadOnlyList<ExportPart> Parts);

/// <summary>
/// Bulk exports: one consistent moment of a hospital's record, kept as the list of the versions that were current then, so that it costs
/// little, is read as often as one likes, and outlives every process.
/// </summary>
public interface IRecordExports
{
    /// <summary>Keeps a new export; its snapshot is still to be taken.</summary>
    Task AddExportAsync(TenantId tenant, Guid id, ExportRequest request, DateTimeOffset expires, CancellationToken cancel);

    /// <summary>The hospital's exports, oldest first; those that have expired are among them until they are dropped.</summary>
    Task<IReadOnlyList<ExportJob>> ExportsAsync(TenantId tenant, CancellationToken cancel);

    /// <summary>Takes the snapshot, as one transaction; nothing happens where it has been taken, or the export is gone.</summary>
    Task TakeExportAsync(TenantId tenant, Guid id, CancellationToken cancel);

    /// <summary>The versions of a part whose numbers follow on <paramref name="after"/>, in order.</summary>
    Task<IReadOnlyList<StoredVersion>> ExportRowsAsync(TenantId tenant, Guid id, string part, long after, int count, CancellationToken cancel);

    /// <summary>Forgets an export; false where there is none.</summary>
    Task<bool> DropExportAsync(TenantId tenant, Guid id, CancellationToken cancel);

    /// <summary>The hospitals with an export whose snapshot is still to be taken, or that expired before <paramref name="now"/>.</summary>
    Task<IReadOnlyList<TenantId>> OpenExportsAsync(DateTimeOffset now, CancellationToken cancel);
}

/// <summary>What belongs to patients: the types that can refer to one, and the index entries that do.</summary>
public static class PatientReferences
{
    private static readonly Lazy<(IReadOnlyList<string> Types, int[] Parameters)> s_r4 = new(() =>
    {
        var references = Fhir.FhirTypes.All
            .SelectMany(type => SearchParameterCatalog.R4.AllFor(type))
            .Where(parameter => parameter is { Kind: SearchParameterKind.Reference, IsIndexed: true } && parameter.Targets.Contains("Patient"))
            .ToList();
        return ([.. references.Select(parameter => parameter.Type).Append("Patient").Distinct().Order(StringComparer.Ordinal)], [.. references.Select(parameter => parameter.Number).Distinct()]);
    });

    /// <summary>The types, Patient among them.</summary>
    public static IReadOnlyList<string> Types => s_r4.Value.Types;

    /// <summary>The numbers of the search parameters that lead to patients.</summary>
    internal static int[] Parameters => s_r4.Value.Parameters;
}
