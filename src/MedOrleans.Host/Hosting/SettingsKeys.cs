using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace MedOrleans.Host.Hosting;

/// <summary>Holds a configuration against the options' types, so that a misspelt key or an unreadable value is said at the start and not ignored.</summary>
internal static class SettingsKeys
{
    /// <summary>Every key that no option has, and every value that its option cannot read.</summary>
    /// <param name="section">The section to check.</param>
    /// <param name="types">The options' types by their section's full name; a section within a section has its own.</param>
    public static IEnumerable<string> Mistakes(IConfigurationSection section, IReadOnlyCollection<KeyValuePair<string, Type>> types) =>
        Mistakes(section, TypeOf(section, types)!, types);

    private static IEnumerable<string> Mistakes(IConfigurationSection section, Type own, IReadOnlyCollection<KeyValuePair<string, Type>> types) =>
        section.Value is { Length: > 0 }
            ? [$"{section.Path}: is a section, not one value."]
            : section.GetChildren().SelectMany(child => TypeOf(child, types) is { } nested ? Mistakes(child, nested, types) : OfMember(child, own));

    private static Type? TypeOf(IConfigurationSection section, IReadOnlyCollection<KeyValuePair<string, Type>> types) =>
        types.FirstOrDefault(type => string.Equals(type.Key, section.Path, StringComparison.OrdinalIgnoreCase)).Value;

    private static IEnumerable<string> OfMember(IConfigurationSection child, Type owner)
    {
        var member = owner.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .FirstOrDefault(property => string.Equals(property.Name, child.Key, StringComparison.OrdinalIgnoreCase));
        return member is null
            ? [$"{child.Path}: there is no such setting."]
            : OfValue(child, member.PropertyType);
    }

    private static IEnumerable<string> OfValue(IConfigurationSection section, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type.IsValueType || type == typeof(Uri))
        {
            if (section.GetChildren().Any())
            {
                return [$"{section.Path}: is one value, not a section."];
            }

            return CanRead(section.Value, type) ? [] : [$"{section.Path}: '{section.Value}' is not {Describe(type)}."];
        }

        // An empty list comes as an empty value.
        if (section.Value is { Length: > 0 })
        {
            return [$"{section.Path}: is {(Element(type) is null ? "a section" : "a list")}, not one value."];
        }

        var element = Element(type);
        return section.GetChildren().SelectMany(child => element is not null ? OfValue(child, element) : OfMember(child, type));
    }

    /// <summary>The type of a list's items or a dictionary's values; null for a plain options class.</summary>
    private static Type? Element(Type type) => type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[^1] : null;

    private static bool CanRead(string? value, Type type)
    {
        try
        {
            return value is null || (value.Length == 0 && !type.IsValueType)
                || (TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, value) is { } read && (!type.IsEnum || Enum.IsDefined(type, read)));
        }
#pragma warning disable CA1031 // Converters wrap what went wrong in whatever they like.
        catch (Exception)
#pragma warning restore CA1031
        {
            return false;
        }
    }

    private static string Describe(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(TimeSpan) ? "a time span (hh:mm:ss)"
        : type == typeof(bool) ? "true or false"
        : type == typeof(Uri) ? "an address"
        : "a number";
}
