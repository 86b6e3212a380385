namespace MedOrleans.Record.Identity;

/// <summary>How alike two names are, 0 to 1: a shared beginning counts for more, as misspellings come late in a name.</summary>
internal static class JaroWinkler
{
    public static double Of(string left, string right)
    {
        if (left == right)
        {
            return left.Length == 0 ? 0 : 1;
        }

        var reach = Math.Max(0, (Math.Max(left.Length, right.Length) / 2) - 1);
        var leftMatched = new bool[left.Length];
        var rightMatched = new bool[right.Length];
        var matches = 0;
        for (var i = 0; i < left.Length; i++)
        {
            for (var j = Math.Max(0, i - reach); j < Math.Min(right.Length, i + reach + 1); j++)
            {
                if (!rightMatched[j] && left[i] == right[j])
                {
                    leftMatched[i] = rightMatched[j] = true;
                    matches++;
                    break;
                }
            }
        }

        if (matches == 0)
        {
            return 0;
        }

        var moved = left.Where((_, i) => leftMatched[i]).Zip(right.Where((_, j) => rightMatched[j])).Count(static pair => pair.First != pair.Second) / 2;
        var jaro = (((double)matches / left.Length) + ((double)matches / right.Length) + ((double)(matches - moved) / matches)) / 3;
        var prefix = left.Zip(right).Take(4).TakeWhile(static pair => pair.First == pair.Second).Count();
        return jaro + (prefix * 0.1 * (1 - jaro));
    }
}
