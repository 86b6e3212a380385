using MedOrleans.Records;
using MedOrleans.Record.Search;

namespace MedOrleans.Record.Fhir;

/// <summary>Parses, validates and indexes FHIR R4 JSON, once per write. Safe to call concurrently.</summary>
public sealed class ResourceReader(SearchParameterCatalog catalog)
{
    /// <summary>Reads one resource; everything wrong with it is in the result's issues, nothing is thrown for bad input.</summary>
    public ReadResult Read(ReadOnlyMemory<byte> json, ReadOptions options)
    {
        _ = catalog;
        return new ReadResult(null, [new Issue("not-supported", "The reader is not there yet.")]);
    }
}
