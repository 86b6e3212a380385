namespace MedOrleans.Record.Search;

/// <summary>Finds what somebody may have meant who mistyped.</summary>
internal static class SimilarCodes
{
    private const int MaxLength = 64;

    /// <summary>Up to three of <paramref name="codes"/> that a few letters make of <paramref name="given"/>, closest first.</summary>
    public static IReadOnlyList<string> Of(string given, IEnumerable<string> codes)
    {
        if (given.Length is 0 or > MaxLength)
        {
            return [];
        }

        var most = Math.Clamp(given.Length / 2, 1, 3);
        return
        [
            .. codes.Select(code => (Code: code, Distance: Distance(given, code)))
                .Where(candidate => candidate.Distance <= most || candidate.Code.StartsWith(given, StringComparison.OrdinalIgnoreCase))
                .OrderBy(candidate => candidate.Distance)
                .ThenBy(candidate => candidate.Code, StringComparer.Ordinal)
                .Select(candidate => candidate.Code)
                .Take(3),
        ];
    }

    // Levenshtein's distance, letter case apart.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
