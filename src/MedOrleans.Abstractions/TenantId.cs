using System.Diagnostics.CodeAnalysis;

namespace MedOrleans;

/// <summary>
/// The slug that names a hospital (tenant) everywhere: in the address <c>/fhir/{tenant}</c>, in every grain key and in
/// every stored row. Shape: <c>[a-z0-9-]{2,40}</c>, beginning with a letter, so that no key is ever bare digits.
/// </summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.TenantId")]
public readonly record struct TenantId
{
    /// <summary>The fewest characters that a slug has.</summary>
    public const int MinLength = 2;

    /// <summary>The most characters that a slug has.</summary>
    public const int MaxLength = 40;

    private TenantId(string value) => Value = value;

    /// <summary>The slug.</summary>
    [Id(0)]
    public string Value { get; init; }

    /// <summary>Reads a slug.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no slug.</exception>
    public static TenantId Parse(string text) => TryParse(text, out var tenant)
        ? tenant
        : throw new FormatException("A tenant id has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");

    /// <summary>Reads a slug; false where <paramref name="text"/> is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TenantId tenant)
    {
        tenant = default;
        if (text is null || text.Length is < MinLength or > MaxLength || !char.IsAsciiLetterLower(text[0]))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        tenant = new TenantId(text);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
