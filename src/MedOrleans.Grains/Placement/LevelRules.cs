namespace MedOrleans.Grains.Placement;

/// <summary>How many activations a silo sends to the others of its pool.</summary>
internal static class LevelRules
{
    /// <summary>What a silo may be above the mean before it sends anything: a tenth of it, and some dozens, which cost less where they are than on the way.</summary>
    private const double Tolerance = 0.1;
    private const int Few = 32;

    /// <summary>What another may lack: where several are a little above, the one below lacks all of it together.</summary>
    private const double Lack = 0.25;

    /// <summary>What moves in one round at most: the state of each is sent over.</summary>
    private const int MostAtOnce = 2000;

    /// <summary>How many go to which silo; none where this silo is level.</summary>
    /// <param name="own">What this silo has.</param>
    /// <param name="others">What the other silos of the pool have, as far as they answered.</param>
    public static IReadOnlyList<(T Silo, int Count)> Moves<T>(int own, IReadOnlyList<(T Silo, int Count)> others)
    {
        var mean = (own + others.Sum(other => (long)other.Count)) / (double)(others.Count + 1);
        var excess = own - mean;
        var isLacking = others.Any(other => mean - other.Count > (mean * Lack) + Few);
        if (excess <= 0 || (excess <= (mean * Tolerance) + Few && !isLacking))
        {
            return [];
        }

        // What is missing below the mean is what is too much above it: each silo above sends its part of it.
        var missing = others.Sum(other => Math.Max(0, mean - other.Count));
        var share = Math.Min(excess, MostAtOnce) / missing;
        return [.. others.Select(other => (other.Silo, Count: (int)(Math.Max(0, mean - other.Count) * share))).Where(move => move.Count > 0)];
    }
}
