using System.Text.Json;
using MedOrleans.Cluster;

namespace MedOrleans.Record.Search;

/// <summary>A composite over one element: the numbers that its two parts have in the plan that extracts them.</summary>
internal sealed record CompositePlan(int Parameter, int First, bool FirstIsToken, int Second, bool SecondIsToken, bool SecondInRange);

/// <summary>
/// Writes the composites of an element. Their parts are extracted once for all of them; a token takes part both alone and
/// with its system, as a query may name either.
/// </summary>
internal sealed class CompositeWriter(PlanNode parts, CompositePlan[] composites) : IndexWriter
{
    /// <inheritdoc/>
    public override void Write(JsonElement value, IndexSink sink)
    {
        var found = sink.Components;
        parts.VisitMembers(value, found);
        foreach (var composite in composites)
        {
            foreach (var first in found.Text)
            {
                if (first.Parameter == composite.First)
                {
                    Write(composite, first.Key, found, sink);
                    if (composite.FirstIsToken)
                    {
                        Write(composite, IndexKeys.CodeOf(first.Key), found, sink);
                    }
                }
            }
        }
    }

    private static void Write(CompositePlan composite, ReadOnlySpan<char> first, IndexSink found, IndexSink sink)
    {
        if (composite.SecondInRange)
        {
            foreach (var second in found.Range)
            {
                if (second.Parameter == composite.Second && second.Key.Length == 0)
                {
                    sink.Add(composite.Parameter, first.ToString(), second.Low, second.High);
                }
            }

            return;
        }

        foreach (var second in found.Text)
        {
            if (second.Parameter == composite.Second)
            {
                sink.Add(composite.Parameter, IndexKeys.Composite(first, second.Key));
                if (composite.SecondIsToken)
                {
                    sink.Add(composite.Parameter, IndexKeys.Composite(first, IndexKeys.CodeOf(second.Key)));
                }
            }
        }
    }
}
