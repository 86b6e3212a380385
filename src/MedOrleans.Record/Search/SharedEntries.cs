namespace MedOrleans.Record.Search;

/// <summary>
/// Finds the parameters of a type that look at the same elements, so that each element is indexed once: index rows are
/// what a write costs.
/// </summary>
internal static class SharedEntries
{
    private sealed record Branch(string Elements, string? TargetType, string? System);

    /// <summary>The parameters, each with the numbers of those whose entries answer it.</summary>
    public static List<SearchParameter> Assign(List<SearchParameter> parameters)
    {
        var branches = parameters.ToDictionary(parameter => parameter, parameter => (List<Branch>)[.. parameter.Paths.Select(path => BranchOf(parameter, path)).Distinct()]);
        var owners = new List<SearchParameter>();
        var assigned = new Dictionary<int, SearchParameter>();

        // Whoever looks at less comes first, so that a parameter that joins several finds them.
        foreach (var parameter in parameters
            .OrderBy(parameter => branches[parameter].Any(branch => branch.TargetType is not null || branch.System is not null))
            .ThenBy(parameter => branches[parameter].Count)
            .ThenBy(parameter => parameter.Code, StringComparer.Ordinal))
        {
            var own = branches[parameter];
            var shared = own.Count == 0 ? null : FindOwners(parameter, own, owners, branches);
            if (shared is null)
            {
                owners.Add(parameter);
            }

            assigned[parameter.Number] = shared is null
                ? parameter with { IndexedAs = [parameter.Number] }
                : parameter with { IndexedAs = shared, TargetType = own[0].TargetType, OnlySystem = own[0].System };
        }

        return [.. parameters.Select(parameter => assigned[parameter.Number])];
    }

    private static List<int>? FindOwners(
        SearchParameter parameter, List<Branch> own, List<SearchParameter> owners, Dictionary<SearchParameter, List<Branch>> branches)
    {
        if (own.Any(branch => branch.TargetType != own[0].TargetType || branch.System != own[0].System))
        {
            return null;
        }

        var missing = own.Select(branch => branch.Elements).ToHashSet(StringComparer.Ordinal);
        var wanted = missing.ToHashSet(StringComparer.Ordinal);
        var found = new List<int>();
        foreach (var owner in owners.Where(owner => owner.Kind == parameter.Kind && branches[owner].Count > 0)
            .OrderByDescending(owner => branches[owner].Count))
        {
            if (branches[owner].TrueForAll(branch => branch is { TargetType: null, System: null } && wanted.Contains(branch.Elements))
                && branches[owner].Exists(branch => missing.Contains(branch.Elements)))
            {
                missing.ExceptWith(branches[owner].Select(branch => branch.Elements));
                found.Add(owner.Number);
            }
        }

        return missing.Count == 0 ? found : null;
    }

    private static Branch BranchOf(SearchParameter parameter, SearchPath path)
    {
        var components = string.Concat(parameter.Components.Select(component => $" ${component.Parameter.Kind} {component.Expression}"));
        return path.Steps.Count > 0 ? path.Steps[^1] switch
        {
            ResolvesToStep resolves => new Branch(path.Parent.Text, resolves.Type, null),
            WhereStep { Child: "system" } where when parameter.Kind == SearchParameterKind.Token =>
                new Branch(path.Parent.Text, null, where.Value),
            _ => new Branch(path.Text + components, null, null),
        } : new Branch(path.Text + components, null, null);
    }
}
