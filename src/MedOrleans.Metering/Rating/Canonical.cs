using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MedOrleans.Metering.Rating;

/// <summary>The one way in which statements and their inputs are written: the same content gives the same bytes.</summary>
internal static class Canonical
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The JSON of a value as text.</summary>
    public static string Of<T>(T value) => JsonSerializer.Serialize(value, s_options);

    /// <summary>The JSON of a value.</summary>
    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, s_options);

    /// <summary>Reads what <see cref="Bytes"/> wrote.</summary>
    public static T Read<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, s_options) ?? throw new JsonException("The JSON is null.");

    /// <summary>SHA-256 of the JSON of a value, in hexadecimal.</summary>
    public static string Digest<T>(T value) => Convert.ToHexStringLower(SHA256.HashData(Bytes(value)));
}
