using System.Collections.Frozen;

namespace MedOrleans.Security;

/// <summary>
/// A set of SMART App Launch v2 system scopes: <c>system/Patient.rs</c>, <c>system/*.cruds</c>; the v1 forms
/// <c>.read</c>, <c>.write</c> and <c>.*</c> are understood too. <see cref="TenantAdmin"/> beside them lets a client administer its hospital.
/// </summary>
public sealed class ScopeSet
{
    /// <summary>The scope of clients that handle their hospital's credentials, plan, budget, export and end.</summary>
    public const string TenantAdmin = "tenant/admin";

    private readonly FrozenDictionary<string, Interaction> _byType;
    private readonly Interaction _any;

    private ScopeSet(string text, Interaction any, Dictionary<string, Interaction> byType, bool isTenantAdmin)
    {
        Text = text;
        IsTenantAdmin = isTenantAdmin;
        _any = any;
        _byType = byType.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The scopes as they were read, parted by spaces.</summary>
    public string Text { get; }

    /// <summary>Whether <see cref="TenantAdmin"/> is among them.</summary>
    public bool IsTenantAdmin { get; }

    /// <summary>Reads scopes parted by spaces; null with the first that is none in <paramref name="wrong"/>.</summary>
    public static ScopeSet? TryParse(string text, out string? wrong)
    {
        var any = Interaction.None;
        var isTenantAdmin = false;
        var byType = new Dictionary<string, Interaction>(StringComparer.Ordinal);
        foreach (var scope in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (scope == TenantAdmin)
            {
                isTenantAdmin = true;
                continue;
            }

            var dot = scope.LastIndexOf('.');
            if (!scope.StartsWith("system/", StringComparison.Ordinal) || dot < 8 || Letters(scope.AsSpan(dot + 1)) is not { } interactions)
            {
                wrong = scope;
                return null;
            }

            var type = scope[7..dot];
            if (type == "*")
            {
                any |= interactions;
            }
            else if (type.All(char.IsAsciiLetter))
            {
                byType[type] = byType.GetValueOrDefault(type) | interactions;
            }
            else
            {
                wrong = scope;
                return null;
            }
        }

        wrong = null;
        return new ScopeSet(text, any, byType, isTenantAdmin);
    }

    /// <summary>Whether all of <paramref name="wanted"/> is granted on <paramref name="type"/> (<c>*</c>: on every type).</summary>
    public bool Allows(string type, Interaction wanted) =>
        (wanted & ~(_any | _byType.GetValueOrDefault(type))) == Interaction.None;

    /// <summary>Whether these scopes grant nothing that <paramref name="other"/> does not.</summary>
    public bool IsWithin(ScopeSet other) =>
        (!IsTenantAdmin || other.IsTenantAdmin) && (_any & ~other._any) == Interaction.None && _byType.All(entry => other.Allows(entry.Key, entry.Value));

    private static Interaction? Letters(ReadOnlySpan<char> letters)
    {
        switch (letters)
        {
            case "":
                return null;
            case "*":
                return Interaction.All;
            case "read":
                return Interaction.Read | Interaction.Search;
            case "write":
                return Interaction.Create | Interaction.Update | Interaction.Delete;
        }

        var all = Interaction.None;
        var last = -1;
        foreach (var letter in letters)
        {
            var at = "cruds".IndexOf(letter, StringComparison.Ordinal);
            if (at <= last)
            {
                return null;
            }

            last = at;
            all |= (Interaction)(1 << at);
        }

        return all;
    }
}
