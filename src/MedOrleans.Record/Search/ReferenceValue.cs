using MedOrleans.Record.Fhir;

namespace MedOrleans.Record.Search;

/// <summary>The keys that a reference in a query can have in the index.</summary>
internal static class ReferenceValue
{
    /// <summary>The keys of <paramref name="text"/> for a parameter that may point to <paramref name="targets"/>; none where it is no reference.</summary>
    public static IReadOnlyList<string> Keys(string text, IReadOnlyList<string> targets, IReadOnlyList<string> baseAddresses)
    {
        foreach (var address in baseAddresses)
        {
            if (text.StartsWith(address, StringComparison.Ordinal))
            {
                text = text[address.Length..];
                break;
            }
        }

        if (ResourceKey.IsId(text))
        {
            return [.. targets.Select(target => $"{target}/{text}")];
        }

        if (text.Contains(':', StringComparison.Ordinal))
        {
            return [IndexKeys.Plain(IndexKeys.WithoutVersion(text))];
        }

        var parts = text.Split('/');
        return parts.Length is 2 or 4 && FhirTypes.IsResourceType(parts[0]) && ResourceKey.IsId(parts[1]) && (parts.Length == 2 || parts[2] == "_history")
            ? [$"{parts[0]}/{parts[1]}"]
            : [];
    }
}
