namespace MedOrleans.Record.Search;

/// <summary>The kinds of search parameter of FHIR R4.</summary>
public enum SearchParameterKind
{
    /// <summary>A number.</summary>
    Number,

    /// <summary>A date, a time or a period.</summary>
    Date,

    /// <summary>Words: compared folded, by their beginning.</summary>
    String,

    /// <summary>A code within a system.</summary>
    Token,

    /// <summary>A reference to another resource.</summary>
    Reference,

    /// <summary>Parts that must match together.</summary>
    Composite,

    /// <summary>A quantity with a unit.</summary>
    Quantity,

    /// <summary>A uri.</summary>
    Uri,

    /// <summary>One with rules of its own (<c>Location.near</c>).</summary>
    Special,
}

/// <summary>A search parameter of one resource type.</summary>
public sealed record SearchParameter
{
    /// <summary>Its number in the index: a 32-bit hash of <c>{Type}.{code}</c>, the same in every process and release.</summary>
    public required int Number { get; init; }

    /// <summary>The resource type.</summary>
    public required string Type { get; init; }

    /// <summary>The code in a query, <c>birthdate</c>.</summary>
    public required string Code { get; init; }

    /// <summary>The kind.</summary>
    public required SearchParameterKind Kind { get; init; }

    /// <summary>The canonical url of its definition.</summary>
    public string? Url { get; init; }

    /// <summary>The FHIRPath of what it looks at, for its own type alone.</summary>
    public string? Expression { get; init; }

    /// <summary>Of a reference: the types it may point to.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Of a composite: its parts, in the order of their values.</summary>
    internal IReadOnlyList<SearchComponent> Components { get; init; } = [];

    /// <summary>The branches of <see cref="Expression"/>, parsed.</summary>
    internal IReadOnlyList<SearchPath> Paths { get; init; } = [];

    /// <summary>
    /// The parameters whose index entries answer this one: itself alone, or others that look at the same elements, so that
    /// no element is indexed twice (<c>patient</c> is answered by <c>subject</c>, restricted to patients).
    /// </summary>
    internal IReadOnlyList<int> IndexedAs { get; init; } = [];

    /// <summary>The only type of target that counts among the entries of <see cref="IndexedAs"/>; null for any.</summary>
    internal string? TargetType { get; init; }

    /// <summary>The only system that counts among the entries of <see cref="IndexedAs"/>; null for any.</summary>
    internal string? OnlySystem { get; init; }

    /// <summary>Whether entries are written under its own number.</summary>
    internal bool IsIndexed => IndexedAs.Count == 1 && IndexedAs[0] == Number;

    /// <summary>Whether it lives in the range index.</summary>
    internal bool InRange => Kind is SearchParameterKind.Number or SearchParameterKind.Date or SearchParameterKind.Quantity
        || (Kind == SearchParameterKind.Composite && Components.Any(component => component.InRange));
}

/// <summary>A part of a composite parameter.</summary>
/// <param name="Parameter">The parameter that says how its value is written.</param>
/// <param name="Expression">The FHIRPath from the composite's element.</param>
internal sealed record SearchComponent(SearchParameter Parameter, string Expression)
{
    /// <summary>Its branches, parsed.</summary>
    public IReadOnlyList<SearchPath> Paths { get; } = SearchPathParser.ParseUnion(Expression);

    /// <summary>Whether it is compared as a range.</summary>
    public bool InRange => Parameter.InRange;
}
