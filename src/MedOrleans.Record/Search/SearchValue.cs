using System.Text;

namespace MedOrleans.Record.Search;

/// <summary>The parts of a parameter's value, and the backslashes that keep separators from separating (R4, search.html#escaping).</summary>
internal static class SearchValue
{
    /// <summary>The parts between unescaped separators, still escaped.</summary>
    public static List<string> Split(string value, char separator, int most = int.MaxValue)
    {
        var parts = new List<string>();
        var start = 0;
        for (var i = 0; i < value.Length && parts.Count < most - 1; i++)
        {
            if (value[i] == '\\')
            {
                i++;
            }
            else if (value[i] == separator)
            {
                parts.Add(value[start..i]);
                start = i + 1;
            }
        }

        parts.Add(value[start..]);
        return parts;
    }

    /// <summary>The alternatives of a value; empty ones do not count.</summary>
    public static List<string> Alternatives(string value) => Split(value, ',').FindAll(part => !string.IsNullOrWhiteSpace(part));

    /// <summary>A part as it is meant.</summary>
    public static string Unescape(string part)
    {
        if (!part.Contains('\\', StringComparison.Ordinal))
        {
            return part;
        }

        var text = new StringBuilder(part.Length);
        for (var i = 0; i < part.Length; i++)
        {
            if (part[i] == '\\' && i + 1 < part.Length && part[i + 1] is ',' or '|' or '$' or '\\')
            {
                i++;
            }

            text.Append(part[i]);
        }

        return text.ToString();
    }
}
