using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>What a message's bytes are in (HL7 table 0211, MSH-18).</summary>
internal static class Hl7Charset
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a block's bytes. Where MSH-18 says nothing, it is UTF-8 where it can be, else what the sender is said to use.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="fallback">For who says nothing and is not UTF-8.</param>
    /// <param name="charset">What was found, to answer in.</param>
    /// <exception cref="Hl7Exception">It is in nothing that can be read.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, Encoding fallback, out Encoding charset)
    {
        if (bytes.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        var named = Named(bytes);
        if (named.Length > 0)
        {
            charset = Find(named) ?? throw Unknown();
        }
        else if (System.Text.Unicode.Utf8.IsValid(bytes))
        {
            charset = s_utf8;
        }
        else
        {
            charset = fallback;
        }

        try
        {
            return charset.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Unknown();
        }
    }

    /// <summary>A character set by its name in table 0211 or of IANA; null where it cannot be read.</summary>
    public static Encoding? Find(string name)
    {
        var code = name.Trim().ToUpperInvariant();
        return code switch
        {
            "ASCII" or "" => s_utf8,
            "UNICODE UTF-8" or "UTF-8" or "UTF8" or "UNICODE" => s_utf8,
            "8859/1" => Of("iso-8859-1"),
            "8859/2" or "8859/3" or "8859/4" or "8859/5" or "8859/6" or "8859/7" or "8859/8" or "8859/9" or "8859/15" => Of($"iso-{code.Replace('/', '-')}"),
            "GB 18030-2000" => Of("gb18030"),
            "KS X 1001" => Of("euc-kr"),
            "BIG-5" => Of("big5"),
            _ => Of(name.Trim()),
        };
    }

    private static Encoding? Of(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    // MSH is in ASCII in every set that can be declared in it.
    private static string Named(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.IndexOf("MSH"u8);
        if (start < 0 || bytes.Length < start + 8)
        {
            return "";
        }

        var header = bytes[start..];
        var end = header.IndexOfAny((byte)'\r', (byte)'\n');
        header = end < 0 ? header : header[..end];
        var separator = header[3];
        var repetition = header[5];

        // The separator itself is MSH-1: after it, MSH-18 begins at the sixteenth one from MSH-2 on.
        header = header[4..];
        for (var i = 0; i < 16; i++)
        {
            var next = header.IndexOf(separator);
            if (next < 0)
            {
                return "";
            }

            header = header[(next + 1)..];
        }

        var stop = header.IndexOfAny(separator, repetition);
        return Encoding.ASCII.GetString(stop < 0 ? header : header[..stop]).Trim();
    }

    private static Hl7Exception Unknown() => new(Hl7Condition.TableValueNotFound, "The message is not in the character set that MSH-18 says, or in one that is not known.", new Hl7Location("MSH", Field: 18));
}
