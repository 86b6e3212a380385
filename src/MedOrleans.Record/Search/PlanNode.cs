using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MedOrleans.Record.Search;

/// <summary>
/// What to do at one place of a resource: the paths of all its parameters, merged into one tree, so that a resource is
/// walked once.
/// </summary>
internal sealed class PlanNode(IndexWriter[] writers, PlanFilter[] filters, (string Name, PlanNode Node)[] members)
{
    private readonly (byte[] Name, PlanNode Node)[][] _membersByLength = ByLength(members);

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => writers.Length == 0 && filters.Length == 0 && members.Length == 0;

    /// <summary>Writes the entries of <paramref name="value"/> (of each, where it is an array) and of what is in it.</summary>
    public void Visit(JsonElement value, IndexSink sink)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
            {
                VisitOne(item, sink);
            }
        }
        else
        {
            VisitOne(value, sink);
        }
    }

    /// <summary>Writes the entries of the members of <paramref name="value"/> alone.</summary>
    public void VisitMembers(JsonElement value, IndexSink sink)
    {
        if (_membersByLength.Length == 0 || value.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in value.EnumerateObject())
        {
            var name = JsonMarshal.GetRawUtf8PropertyName(property);
            if (name.Length >= _membersByLength.Length)
            {
                continue;
            }

            foreach (var (known, node) in _membersByLength[name.Length])
            {
                if (name.SequenceEqual(known))
                {
                    node.Visit(property.Value, sink);
                    break;
                }
            }
        }
    }

    private static (byte[] Name, PlanNode Node)[][] ByLength((string Name, PlanNode Node)[] members)
    {
        var encoded = members.Select(member => (Name: Encoding.UTF8.GetBytes(member.Name), member.Node)).ToLookup(member => member.Name.Length);
        return [.. Enumerable.Range(0, members.Select(member => member.Name.Length + 1).DefaultIfEmpty().Max()).Select(length => encoded[length].ToArray())];
    }

    private void VisitOne(JsonElement value, IndexSink sink)
    {
        // An item of a list of primitives that has extensions only.
        if (value.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        foreach (var writer in writers)
        {
            writer.Write(value, sink);
        }

        foreach (var filter in filters)
        {
            if (filter.Lets(value))
            {
                filter.Node.Visit(value, sink);
            }
        }

        VisitMembers(value, sink);
    }
}

/// <summary>A condition on an element, and what to do with those that meet it.</summary>
internal sealed class PlanFilter(SearchStep condition, PlanNode node)
{
    private readonly byte[] _member = Encoding.UTF8.GetBytes((condition as WhereStep)?.Child ?? "reference");
    private readonly byte[] _value = Encoding.UTF8.GetBytes((condition as WhereStep)?.Value ?? $"{((ResolvesToStep)condition).Type}/");

    /// <summary>What to do.</summary>
    public PlanNode Node => node;

    /// <summary>Whether the element meets the condition.</summary>
    public bool Lets(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(_member, out var member) || member.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        if (condition is WhereStep)
        {
            return member.ValueEquals(_value);
        }

        // 'Patient/1', 'http://elsewhere/fhir/Patient/1'
        var reference = JsonMarshal.GetRawUtf8Value(member)[1..^1];
        var at = reference.LastIndexOf(_value);
        return at == 0 || (at > 0 && reference[at - 1] == '/');
    }
}
