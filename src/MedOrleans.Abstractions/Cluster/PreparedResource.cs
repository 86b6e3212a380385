using System.Globalization;
using System.Text;

namespace MedOrleans.Cluster;

/// <summary>
/// A resource that has been parsed, validated and indexed once, ready to be stamped with its version and stored. It
/// travels between the cluster's own processes only.
/// </summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.PreparedResource")]
public sealed record PreparedResource
{
    /// <summary>The resource type.</summary>
    [Id(0)]
    public required string Type { get; init; }

    /// <summary>The logical id, which <see cref="Body"/> carries too.</summary>
    [Id(1)]
    public required string Id { get; init; }

    /// <summary>The resource as UTF-8 JSON whose <c>meta</c> lacks <c>versionId</c> and <c>lastUpdated</c>.</summary>
    [Id(2)]
    public required byte[] Body { get; init; }

    /// <summary>Where in <see cref="Body"/> the stamp goes: just after the <c>{</c> of <c>meta</c>.</summary>
    [Id(3)]
    public required int StampAt { get; init; }

    /// <summary>The entries of the text index.</summary>
    [Id(4)]
    public required TextIndexEntry[] Text { get; init; }

    /// <summary>The entries of the range index.</summary>
    [Id(5)]
    public required RangeIndexEntry[] Range { get; init; }

    /// <summary>The bytes to store and to return from every read: the body with its version and time in <c>meta</c>.</summary>
    public byte[] Stamp(long version, DateTimeOffset lastUpdated)
    {
        Span<byte> stamp = stackalloc byte[96];
        var length = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"\"versionId\":\"{version}\",\"lastUpdated\":\"{lastUpdated.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\""),
            stamp);
        if (Body[StampAt] != (byte)'}')
        {
            stamp[length++] = (byte)',';
        }

        var stamped = GC.AllocateUninitializedArray<byte>(Body.Length + length);
        Body.AsSpan(0, StampAt).CopyTo(stamped);
        stamp[..length].CopyTo(stamped.AsSpan(StampAt));
        Body.AsSpan(StampAt).CopyTo(stamped.AsSpan(StampAt + length));
        return stamped;
    }
}

/// <summary>One key under which a resource is found: a token, string, reference or uri parameter's.</summary>
/// <param name="Parameter">The search parameter's number, the same in every process.</param>
/// <param name="Key">The normalised key, ordered by its UTF-8 bytes.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.TextIndexEntry")]
public readonly record struct TextIndexEntry([property: Id(0)] int Parameter, [property: Id(1)] string Key);

/// <summary>One range under which a resource is found: a date, number or quantity parameter's, or a composite's.</summary>
/// <param name="Parameter">The search parameter's number.</param>
/// <param name="Key">What must be equal (a unit, a composite's code); empty where there is nothing.</param>
/// <param name="Low">The range's lower end: microseconds since 1970 UTC for a date, else the number.</param>
/// <param name="High">The range's upper end, included.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.RangeIndexEntry")]
public readonly record struct RangeIndexEntry(
    [property: Id(0)] int Parameter,
    [property: Id(1)] string Key,
    [property: Id(2)] double Low,
    [property: Id(3)] double High);
