using System.Text.Json;
using MedOrleans.Record.Search;

namespace MedOrleans.Record.Identity;

/// <summary>What of a Patient tells who it is, made comparable: lower case, no diacritics, numbers as digits.</summary>
public sealed class PatientTraits
{
    private const int MaxName = 200;

    /// <summary>Identifiers as system and value; those of use <c>old</c> too, as they were this patient's.</summary>
    public required IReadOnlyList<(string System, string Value)> Identifiers { get; init; }

    /// <summary>Names: a family name and the given names that go with it, folded.</summary>
    public required IReadOnlyList<(string Family, IReadOnlyList<string> Given)> Names { get; init; }

    /// <summary>The birth date as FHIR writes it, perhaps only a year or a month; empty where it is not known.</summary>
    public required string BirthDate { get; init; }

    /// <summary>A code of administrative-gender; empty where it is not known.</summary>
    public required string Gender { get; init; }

    /// <summary>Addresses: postal code without spaces, city and first line, folded.</summary>
    public required IReadOnlyList<(string PostalCode, string City, string Line)> Addresses { get; init; }

    /// <summary>The last nine digits of phone numbers that have seven or more.</summary>
    public required IReadOnlyList<string> Phones { get; init; }

    /// <summary>The phone numbers as they are written: the search index has them so.</summary>
    public required IReadOnlyList<string> SearchPhones { get; init; }

    /// <summary>Reads a Patient that has been checked before.</summary>
    public static PatientTraits Of(JsonElement patient) => new()
    {
        Identifiers = [.. List(patient, "identifier").Select(static id => (Text(id, "system"), Text(id, "value"))).Where(static id => id.Item1.Length > 0 && id.Item2.Length > 0)],
        Names = [.. List(patient, "name").Select(static name => (Fold(Text(name, "family")), (IReadOnlyList<string>)[.. Texts(name, "given").Select(Fold).Where(static given => given.Length > 0)]))
            .Where(static name => name.Item1.Length > 0 || name.Item2.Count > 0)],
        BirthDate = Text(patient, "birthDate"),
        Gender = Text(patient, "gender") is "unknown" ? "" : Text(patient, "gender"),
        Addresses = [.. List(patient, "address").Select(static address => (
            Fold(Text(address, "postalCode")).Replace(" ", "", StringComparison.Ordinal), Fold(Text(address, "city")), Fold(Texts(address, "line").FirstOrDefault() ?? "")))],
        Phones = [.. List(patient, "telecom").Where(static telecom => Text(telecom, "system") is "phone" or "sms").Select(static telecom => Digits(Text(telecom, "value"))).Where(static phone => phone.Length >= 7)],
        SearchPhones = [.. List(patient, "telecom").Where(static telecom => Text(telecom, "system") is "phone" or "sms").Select(static telecom => Text(telecom, "value")).Where(static value => value.Length > 0).Distinct().Take(4)],
    };

    private static string Fold(string text)
    {
        Span<char> folded = stackalloc char[MaxName];
        return folded[..TextFolding.Fold(text, folded)].ToString();
    }

    private static string Digits(string text)
    {
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        return digits.Length > 9 ? digits[^9..] : digits;
    }

    private static IEnumerable<JsonElement> List(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.Object) : [];

    private static IEnumerable<string> Texts(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!) : [];

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
}
