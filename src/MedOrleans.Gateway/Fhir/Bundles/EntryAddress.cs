namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>The address of an entry's request, in parts.</summary>
/// <param name="Parts">The path's segments, <c>[Patient, 12]</c>.</param>
/// <param name="Query">The query without its question mark; empty where there is none.</param>
internal readonly record struct EntryAddress(string[] Parts, string Query)
{
    /// <summary>Reads an address that is relative to the record, or absolute below it.</summary>
    public static EntryAddress Parse(string url, string baseUrl)
    {
        if (url.StartsWith(baseUrl + "/", StringComparison.Ordinal))
        {
            url = url[(baseUrl.Length + 1)..];
        }

        var at = url.IndexOf('?', StringComparison.Ordinal);
        var path = at < 0 ? url : url[..at];
        return new EntryAddress(
            path.Split('/', StringSplitOptions.RemoveEmptyEntries), at < 0 ? "" : url[(at + 1)..]);
    }
}
