namespace MedOrleans.Record.Search;

/// <summary>One step of a <see cref="SearchPath"/>.</summary>
internal abstract record SearchStep;

/// <summary>To the child elements of that name.</summary>
internal sealed record ChildStep(string Name) : SearchStep;

/// <summary>Only values of that datatype: <c>as</c>.</summary>
internal sealed record AsStep(string Type) : SearchStep;

/// <summary>Only elements whose child has that value: <c>where(system='phone')</c>.</summary>
internal sealed record WhereStep(string Child, string Value) : SearchStep;

/// <summary>Only references to that type: <c>where(resolve() is Patient)</c>.</summary>
internal sealed record ResolvesToStep(string Type) : SearchStep;

/// <summary>One branch of a search parameter's expression, from the resource (or a composite's element) on.</summary>
/// <param name="Root">The type it begins with; empty for a path within a composite.</param>
/// <param name="Steps">The steps.</param>
internal sealed record SearchPath(string Root, IReadOnlyList<SearchStep> Steps)
{
    /// <summary>The same path written one way only: equal text, equal elements.</summary>
    public string Text { get; } = string.Join('.', Steps);

    /// <summary>The path up to its last step.</summary>
    public SearchPath Parent => new(Root, [.. Steps.SkipLast(1)]);
}
