using System.Diagnostics.CodeAnalysis;

namespace MedOrleans;

/// <summary>
/// The key of one FHIR resource and of the grain that owns it, printed <c>{tenant}/{Type}/{id}</c>. It always carries the
/// tenant, so no key of one hospital can name another's resource.
/// </summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ResourceKey")]
public readonly record struct ResourceKey
{
    /// <summary>The most characters of a FHIR id (R4, datatype <c>id</c>).</summary>
    public const int MaxIdLength = 64;

    /// <summary>Makes a key of its parts; <paramref name="type"/> and <paramref name="id"/> are taken as they are.</summary>
    public ResourceKey(TenantId tenant, string type, string id)
    {
        Tenant = tenant;
        Type = type;
        Id = id;
    }

    /// <summary>The hospital.</summary>
    [Id(0)]
    public TenantId Tenant { get; init; }

    /// <summary>The resource type, <c>Patient</c>.</summary>
    [Id(1)]
    public string Type { get; init; }

    /// <summary>The logical id, <c>[A-Za-z0-9\-\.]{1,64}</c>.</summary>
    [Id(2)]
    public string Id { get; init; }

    /// <summary>Reads <c>{tenant}/{Type}/{id}</c>; false where <paramref name="text"/> is something else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ResourceKey key)
    {
        key = default;
        if (text is null)
        {
            return false;
        }

        var first = text.IndexOf('/', StringComparison.Ordinal);
        var second = first < 0 ? -1 : text.IndexOf('/', first + 1);
        if (second < 0 || !TenantId.TryParse(text[..first], out var tenant))
        {
            return false;
        }

        var type = text[(first + 1)..second];
        var id = text[(second + 1)..];
        if (type.Length is 0 or > 64 || !type.All(char.IsAsciiLetter) || !IsId(id))
        {
            return false;
        }

        key = new ResourceKey(tenant, type, id);
        return true;
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is no key.</exception>
    public static ResourceKey Parse(string text) => TryParse(text, out var key)
        ? key
        : throw new FormatException("A resource key is {tenant}/{Type}/{id}.");

    /// <summary>Whether <paramref name="text"/> is a FHIR id.</summary>
    public static bool IsId([NotNullWhen(true)] string? text)
    {
        if (text is null || text.Length is 0 or > MaxIdLength)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-' && c != '.')
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Tenant.Value}/{Type}/{Id}";
}
