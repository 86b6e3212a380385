using System.Text;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>The contained resources of one resource, and the references to them (R4: dom-3, ref-1).</summary>
internal sealed class LocalReferences
{
    private Dictionary<string, string>? _contained;
    private List<(string Id, string Path)>? _references;
    private HashSet<string>? _used;

    /// <summary>Notes a contained resource; false where its id is another's already.</summary>
    public bool AddContained(ReadOnlySpan<byte> id, string path)
    {
        _contained ??= new Dictionary<string, string>(StringComparer.Ordinal);
        return _contained.TryAdd(Encoding.UTF8.GetString(id), path);
    }

    /// <summary>Notes a <c>Reference.reference</c> of the form <c>#id</c>, which must resolve.</summary>
    public void AddReference(ReadOnlySpan<byte> text, string path)
    {
        AddUse(text);
        if (text.Length > 1)
        {
            _references ??= [];
            _references.Add((Encoding.UTF8.GetString(text[1..]), path));
        }
    }

    /// <summary>Notes a canonical or uri of the form <c>#id</c>, which may be a fragment of anything.</summary>
    public void AddUse(ReadOnlySpan<byte> text)
    {
        _used ??= new HashSet<string>(StringComparer.Ordinal);
        _used.Add(Encoding.UTF8.GetString(text[1..]));
    }

    /// <summary>Reports references to nothing, and contained resources that nothing refers to.</summary>
    public void Check(IssueLog log)
    {
        foreach (var (id, path) in _references ?? [])
        {
            if (_contained?.ContainsKey(id) != true)
            {
                log.Add(new Issue("invariant", "The reference points to a contained resource that is not there (ref-1).", path));
            }
        }

        foreach (var (id, path) in _contained ?? [])
        {
            if (_used?.Contains(id) != true && _used?.Contains("") != true)
            {
                log.Add(new Issue("invariant", "Nothing refers to the contained resource (dom-3).", path, "warning"));
            }
        }
    }
}
