using System.Text.RegularExpressions;

namespace MedOrleans.Record.Search;

/// <summary>
/// Reads the FHIRPath that R4's search parameters are written in: unions of paths with <c>as</c>, <c>where(x='y')</c> and
/// <c>where(resolve() is T)</c>. Anything else is a <see cref="FormatException"/>.
/// </summary>
internal static partial class SearchPathParser
{
    /// <summary>The branches of <paramref name="expression"/>.</summary>
    public static IReadOnlyList<SearchPath> ParseUnion(string expression) => [.. SplitUnion(expression).Select(Parse)];

    /// <summary>The texts of the branches of <paramref name="expression"/>.</summary>
    public static IEnumerable<string> SplitUnion(string expression)
    {
        var depth = 0;
        var start = 0;
        for (var i = 0; i < expression.Length; i++)
        {
            switch (expression[i])
            {
                case '(':
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
                case '|' when depth == 0:
                    yield return expression[start..i].Trim();
                    start = i + 1;
                    break;
            }
        }

        yield return expression[start..].Trim();
    }

    /// <summary>The type that a branch begins with.</summary>
    public static string RootOf(string branch) => RootPattern().Match(branch).Groups[1].Value;

    private static SearchPath Parse(string branch)
    {
        var cast = CastPattern().Match(branch);
        var text = cast.Success ? $"{cast.Groups[1].Value}.as({cast.Groups[2].Value}){cast.Groups[3].Value}" : branch;
        var steps = new List<SearchStep>();
        var root = "";
        var at = 0;
        while (at < text.Length)
        {
            var match = StepPattern().Match(text, at);
            if (!match.Success || match.Index != at)
            {
                throw new FormatException($"'{branch}' is outside the FHIRPath that search parameters are read in.");
            }

            at += match.Length;
            if (match.Groups["as"].Success)
            {
                steps.Add(new AsStep(match.Groups["as"].Value));
            }
            else if (match.Groups["resolve"].Success)
            {
                steps.Add(new ResolvesToStep(match.Groups["resolve"].Value));
            }
            else if (match.Groups["child"].Success)
            {
                steps.Add(new WhereStep(match.Groups["child"].Value, match.Groups["value"].Value));
            }
            else if (steps.Count == 0 && root.Length == 0 && char.IsAsciiLetterUpper(match.Groups["name"].Value[0]))
            {
                root = match.Groups["name"].Value;
            }
            else
            {
                steps.Add(new ChildStep(match.Groups["name"].Value));
            }
        }

        return new SearchPath(root, steps);
    }

    [GeneratedRegex(@"^\(?([A-Z][A-Za-z]*)\b")]
    private static partial Regex RootPattern();

    [GeneratedRegex(@"^\(([A-Za-z.]+) as ([A-Za-z]+)\)(.*)$")]
    private static partial Regex CastPattern();

    [GeneratedRegex("""
        (?:as\((?<as>[A-Za-z]+)\)
          |where\(resolve\(\)\ is\ (?<resolve>[A-Za-z]+)\)
          |where\((?<child>[A-Za-z]+)='(?<value>[^']*)'\)
          |(?<name>[A-Za-z]+)(?!\())
        (?:\.(?!$)|$)
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex StepPattern();
}
