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
}

/// <summary>Every base search parameter of FHIR R4, by resource type.</summary>
public sealed class SearchParameterCatalog
{
    private readonly Dictionary<string, SearchParameter> _none = [];

    /// <summary>The catalogue of FHIR R4.</summary>
    public static SearchParameterCatalog R4 { get; } = new();

    /// <summary>The parameters of a type, those of every resource among them, by code.</summary>
    public IReadOnlyCollection<SearchParameter> For(string type) => _none.Values;

    /// <summary>The parameter of that code; null where the type has none.</summary>
    public SearchParameter? Find(string type, string code) => _none.GetValueOrDefault(type + code);
}
