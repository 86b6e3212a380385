namespace MedOrleans.Grains.Placement;

/// <summary>How many activations a silo sends to the others of its pool.</summary>
internal static class LevelRules
{
    /// <summary>What a silo may be above the mean before it sends anything: a tenth of it, and some few, which cost less where they are than on the way.</summary>
    private const double Tolerance = 0.1;
    private const int Few = 16;

    /// <summary>What another may lack: where several are a little above, the one below lacks all of it together.</summary>
    private const double Lack = 0.25;

    /// <summary>What moves in one round at most: the state of each is sent over.</summary>
    private const int MostAtOnce = 2000;

    /// <summary>What goes first to a silo that never had anything of this one's, and by how much more each time: what it does for the first time takes long, and whoever moves with it waits.</summary>
    private const int First = 4;
    private const int Growth = 8;

    /// <summary>How many go to which silo; none where this silo is level.</summary>
    /// <param name="own">What this silo has.</param>
    /// <param name="others">What the other silos of the pool have, as far as they answered, and the most that this silo ever sent there at once.</param>
    public static IReadOnlyList<(T Silo, int Count)> Moves<T>(int own, IReadOnlyList<(T Silo, int Count, int Sent)> others)
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
        return [.. others.Select(other => (other.Silo, Count: Math.Min(Most(other.Sent), (int)(Math.Max(0, mean - other.Count) * share)))).Where(move => move.Count > 0)];
    }

    private static int Most(int sent) => sent == 0 ? First : Math.Min(sent, MostAtOnce) * Growth;
}
