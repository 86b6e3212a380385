using MedOrleans.Cluster;

namespace MedOrleans.Record.Search;

/// <summary>Where the writers of one extraction put their entries.</summary>
internal sealed class IndexSink
{
    private const int MostKept = 4096;

    private static readonly Comparison<TextIndexEntry> s_text = (left, right) =>
    {
        var byParameter = left.Parameter.CompareTo(right.Parameter);
        return byParameter != 0 ? byParameter : string.CompareOrdinal(left.Key, right.Key);
    };

    private static readonly Comparison<RangeIndexEntry> s_range = (left, right) =>
    {
        var order = left.Parameter.CompareTo(right.Parameter);
        order = order != 0 ? order : string.CompareOrdinal(left.Key, right.Key);
        order = order != 0 ? order : left.Low.CompareTo(right.Low);
        return order != 0 ? order : left.High.CompareTo(right.High);
    };

    private IndexSink? _components;

    /// <summary>The text entries so far.</summary>
    public List<TextIndexEntry> Text { get; } = [];

    /// <summary>The range entries so far.</summary>
    public List<RangeIndexEntry> Range { get; } = [];

    /// <summary>An emptied sink for the parts of a composite.</summary>
    public IndexSink Components
    {
        get
        {
            _components ??= new IndexSink();
            _components.Clear();
            return _components;
        }
    }

    /// <summary>Adds a text entry.</summary>
    public void Add(int parameter, string key) => Text.Add(new TextIndexEntry(parameter, key));

    /// <summary>Adds a range entry.</summary>
    public void Add(int parameter, string key, double low, double high) => Range.Add(new RangeIndexEntry(parameter, key, low, high));

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Text.Clear();
        Range.Clear();
    }

    /// <summary>Hands over each entry once, in the order of the index, in which rows are inserted fastest.</summary>
    public void MoveTo(List<TextIndexEntry> text, List<RangeIndexEntry> range)
    {
        Move(Text, text, s_text);
        Move(Range, range, s_range);
    }

    private static void Move<T>(List<T> from, List<T> to, Comparison<T> order)
        where T : struct, IEquatable<T>
    {
        from.Sort(order);
        to.EnsureCapacity(to.Count + from.Count);
        for (var i = 0; i < from.Count; i++)
        {
            if (i == 0 || !from[i].Equals(from[i - 1]))
            {
                to.Add(from[i]);
            }
        }

        from.Clear();
        if (from.Capacity > MostKept)
        {
            // The sink lives as long as its thread, and must not remember the largest resource ever met.
            from.Capacity = 0;
        }
    }
}
