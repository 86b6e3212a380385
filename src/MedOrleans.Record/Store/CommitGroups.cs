namespace MedOrleans.Record.Store;

/// <summary>Splits a group so that no resource is touched twice within one statement: later commits see the earlier ones' effect.</summary>
internal static class CommitGroups
{
    /// <summary>Runs of positions in <paramref name="group"/>, in order; within one run no resource is touched twice.</summary>
    public static IEnumerable<(int Start, int Count)> Split(IReadOnlyList<RecordCommit> group)
    {
        var touched = new HashSet<ResourceKey>();
        var start = 0;
        for (var i = 0; i < group.Count; i++)
        {
            if (group[i].Items.Any(item => touched.Contains(new ResourceKey(group[i].Tenant, item.Type, item.Id))))
            {
                yield return (start, i - start);
                start = i;
                touched.Clear();
            }

            foreach (var item in group[i].Items)
            {
                if (!touched.Add(new ResourceKey(group[i].Tenant, item.Type, item.Id)))
                {
                    throw new ArgumentException("A commit touches one resource twice.", nameof(group));
                }
            }
        }

        if (group.Count > start)
        {
            yield return (start, group.Count - start);
        }
    }
}
