using System.Buffers;
using System.Buffers.Text;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>The lexical forms of R4's primitive types (http://hl7.org/fhir/R4/datatypes.html#primitive).</summary>
internal static class PrimitiveForms
{
    /// <summary>The most characters of a string: "strings SHALL NOT exceed 1MB".</summary>
    public const int MaxStringLength = 1024 * 1024;

    private static readonly SearchValues<byte> s_idBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."u8);
    private static readonly SearchValues<byte> s_whiteSpace = SearchValues.Create(" \t\r\n\v\f"u8);
    private static readonly SearchValues<byte> s_lowerHex = SearchValues.Create("0123456789abcdef"u8);
    private static readonly SearchValues<byte> s_forbidden = SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31]);

    /// <summary>Whether there is a control character that no FHIR string may hold.</summary>
    public static bool HasControls(ReadOnlySpan<byte> text) => text.ContainsAny(s_forbidden);

    /// <summary>What is wrong with the text of a primitive that JSON writes as a string; null where nothing is.</summary>
    public static string? FaultOfText(PrimitiveKind kind, ReadOnlySpan<byte> text) => kind switch
    {
        PrimitiveKind.String or PrimitiveKind.Markdown or PrimitiveKind.Reference =>
            text.Length <= MaxStringLength ? null : "The value is longer than the 1 MB that a string may have.",
        PrimitiveKind.Code => IsCode(text) ? null : "The value is not a code: no white space at its ends, single spaces within.",
        PrimitiveKind.Id => IsId(text) ? null : "The value is not an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'.",
        PrimitiveKind.Uri or PrimitiveKind.Url or PrimitiveKind.Canonical =>
            HasWhiteSpace(text) ? "The value is not a uri: there is white space in it." : null,
        PrimitiveKind.Oid => IsOid(text) ? null : "The value is not an oid: 'urn:oid:' and numbers with dots between.",
        PrimitiveKind.Uuid => IsUuid(text) ? null : "The value is not a uuid: 'urn:uuid:' and a UUID in lower case.",
        PrimitiveKind.Date => DateForms.IsDate(text) ? null : "The value is not a date: YYYY, YYYY-MM or YYYY-MM-DD.",
        PrimitiveKind.DateTime => DateForms.IsDateTime(text) ? null : "The value is not a dateTime: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss+zz:zz.",
        PrimitiveKind.Instant => DateForms.IsInstant(text) ? null : "The value is not an instant: YYYY-MM-DDThh:mm:ss.sss+zz:zz.",
        PrimitiveKind.Time => DateForms.IsTime(text) ? null : "The value is not a time: hh:mm:ss.",
        PrimitiveKind.Xhtml => Narratives.FaultOf(text),
        PrimitiveKind.Base64Binary => Base64.IsValid(text) ? null : "The value is not base64.",
        _ => null,
    };

    /// <summary>What is wrong with a JSON number; null where nothing is.</summary>
    public static string? FaultOfNumber(PrimitiveKind kind, ReadOnlySpan<byte> text)
    {
        if (kind == PrimitiveKind.Decimal)
        {
            // An exponent can name a number that no index could hold.
            return (text.Length < 30 && text.IndexOfAny((byte)'e', (byte)'E') < 0) || (Utf8Parser.TryParse(text, out double number, out _) && double.IsFinite(number))
                ? null
                : "The number is out of range.";
        }

        var isInteger = Utf8Parser.TryParse(text, out int value, out var consumed) && consumed == text.Length && !text.SequenceEqual("-0"u8);
        return kind switch
        {
            PrimitiveKind.UnsignedInt => isInteger && value >= 0 ? null : "The value is not an unsignedInt: a whole number from 0 to 2147483647.",
            PrimitiveKind.PositiveInt => isInteger && value >= 1 ? null : "The value is not a positiveInt: a whole number from 1 to 2147483647.",
            _ => isInteger ? null : "The value is not an integer: a whole number of 32 bits.",
        };
    }

    /// <summary>Whether it is a logical id.</summary>
    public static bool IsId(ReadOnlySpan<byte> text) => text.Length is >= 1 and <= 64 && !text.ContainsAnyExcept(s_idBytes);

    /// <summary>Whether there is white space anywhere.</summary>
    public static bool HasWhiteSpace(ReadOnlySpan<byte> text) => text.ContainsAny(s_whiteSpace);

    private static bool IsCode(ReadOnlySpan<byte> text) =>
        !HasWhiteSpace(text) || (text[0] != ' ' && text[^1] != ' ' && text.IndexOf("  "u8) < 0 && !text.ContainsAny("\t\r\n\v\f"u8));

    private static bool IsOid(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("urn:oid:"u8))
        {
            return false;
        }

        text = text["urn:oid:".Length..];
        if (text.Length < 3 || text[0] is not ((byte)'0' or (byte)'1' or (byte)'2') || text[1] != '.')
        {
            return false;
        }

        text = text[2..];
        foreach (var range in text.Split((byte)'.'))
        {
            var arc = text[range];
            if (arc.IsEmpty || arc.ContainsAnyExceptInRange((byte)'0', (byte)'9') || (arc.Length > 1 && arc[0] == '0'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsUuid(ReadOnlySpan<byte> text)
    {
        if (text.Length != 45 || !text.StartsWith("urn:uuid:"u8))
        {
            return false;
        }

        text = text["urn:uuid:".Length..];
        return text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-'
            && !text[..8].ContainsAnyExcept(s_lowerHex) && !text.Slice(9, 4).ContainsAnyExcept(s_lowerHex)
            && !text.Slice(14, 4).ContainsAnyExcept(s_lowerHex) && !text.Slice(19, 4).ContainsAnyExcept(s_lowerHex) && !text[24..].ContainsAnyExcept(s_lowerHex);
    }
}
