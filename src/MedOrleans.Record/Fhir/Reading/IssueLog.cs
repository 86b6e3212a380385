using System.Globalization;
using System.Text;
using MedOrleans.Records;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>Where the walk is, and what it has found wrong so far. Paths become text only where something is wrong.</summary>
internal sealed class IssueLog
{
    /// <summary>The most issues of one reading: who made more has learned enough.</summary>
    private const int Limit = 50;

    private (string Name, int Index)[] _path = new (string, int)[32];
    private int _depth;
    private List<Issue>? _issues;

    /// <summary>All found so far.</summary>
    public IReadOnlyList<Issue> Issues => _issues is null ? [] : _issues;

    /// <summary>Whether something makes the resource invalid.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>Whether to stop looking.</summary>
    public bool IsFull { get; private set; }

    public void Reset()
    {
        _depth = 0;
        _issues = null;
        HasErrors = IsFull = false;
    }

    /// <summary>Goes down into an element.</summary>
    public void Enter(string element)
    {
        if (_depth == _path.Length)
        {
            Array.Resize(ref _path, _depth * 2);
        }

        _path[_depth++] = (element, -1);
    }

    /// <summary>Goes to an item of the element that was entered last; -1 for the element itself.</summary>
    public void GoTo(int index) => _path[_depth - 1].Index = index;

    /// <summary>Goes up again.</summary>
    public void Leave() => _depth--;

    /// <summary>Notes what is wrong with the current element.</summary>
    public void Error(string code, string details) => Add(new Issue(code, details, Path()));

    /// <summary>Notes what is wrong with an element of the current one.</summary>
    public void ErrorAt(string child, string code, string details) => Add(new Issue(code, details, _depth == 0 ? child : $"{Path()}.{child}"));

    /// <summary>Notes something.</summary>
    public void Add(Issue issue)
    {
        if (IsFull)
        {
            return;
        }

        _issues ??= [];
        if (_issues.Count == Limit - 1)
        {
            IsFull = true;
            issue = new Issue("too-costly", "There are more faults than these; the rest of the resource was not looked at.");
        }

        _issues.Add(issue);
        HasErrors |= issue.Severity is "error" or "fatal";
    }

    /// <summary>The current element as a FHIRPath; null outside any.</summary>
    public string? Path() => _depth == 0 ? null : Path(_depth);

    /// <summary>The element that the current one belongs to.</summary>
    public string ParentPath() => Path(_depth - 1);

    private string Path(int depth)
    {
        var path = new StringBuilder();
        foreach (var (name, index) in _path.AsSpan(0, depth))
        {
            path.Append(path.Length == 0 ? "" : ".").Append(name);
            if (index >= 0)
            {
                path.Append('[').Append(index.ToString(CultureInfo.InvariantCulture)).Append(']');
            }
        }

        return path.ToString();
    }
}
