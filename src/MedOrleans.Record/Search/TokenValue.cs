namespace MedOrleans.Record.Search;

/// <summary>A token of a query: <c>code</c>, <c>system|code</c>, <c>|code</c> (without a system) or <c>system|</c>.</summary>
/// <param name="System">The system; null where any will do, empty where there must be none.</param>
/// <param name="Code">The code; empty where any will do.</param>
internal readonly record struct TokenValue(string? System, string Code)
{
    /// <summary>Reads a token; false where it has neither code nor system, or more than two parts.</summary>
    public static bool TryParse(string text, out TokenValue token)
    {
        var parts = SearchValue.Split(text, '|');
        token = parts.Count == 1
            ? new TokenValue(null, SearchValue.Unescape(parts[0]))
            : new TokenValue(SearchValue.Unescape(parts[0]), SearchValue.Unescape(parts[1]));
        return parts.Count <= 2 && (token.Code.Length > 0 || token.System is { Length: > 0 });
    }

    /// <summary>The predicate that it is under a parameter.</summary>
    public SearchPredicate Under(int parameter) => this switch
    {
        { System: null } => new TextStartsWith(parameter, IndexKeys.Token(Code, "")),
        { Code.Length: 0 } => new TextEndsWith(parameter, IndexKeys.Token("", System)),
        _ => new TextIs(parameter, IndexKeys.Token(Code, System)),
    };

    /// <summary>The key that it is within a composite; null where it names no code.</summary>
    public string? InComposite() => (System, Code.Length) switch
    {
        (_, 0) => null,
        (null, _) => IndexKeys.Plain(Code),
        _ => IndexKeys.Token(Code, System),
    };
}
