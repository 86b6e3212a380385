using System.Globalization;
using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>Acknowledgements (HL7 v2.8, chapter 2, 2.9 and 2.13.1).</summary>
internal static class Acknowledgement
{
    /// <summary>Whether a condition of MSH-15 or MSH-16 (table 0155) asks for an answer.</summary>
    /// <param name="condition">AL, NE, ER, SU; empty for none said.</param>
    /// <param name="isGood">Whether the message was taken.</param>
    public static bool IsWanted(string condition, bool isGood) => condition switch
    {
        "AL" => true,
        "ER" => !isGood,
        "SU" => isGood,
        _ => false,
    };

    /// <summary>An acknowledgement.</summary>
    /// <param name="code">AA, AE, AR, CA, CE or CR (table 0008).</param>
    /// <param name="message">What it answers; null where nothing could be read.</param>
    /// <param name="faults">What is wrong.</param>
    /// <param name="now">The time.</param>
    /// <param name="controlId">Its own MSH-10.</param>
    public static string Of(string code, Hl7Message? message, IReadOnlyList<Hl7Fault> faults, DateTimeOffset now, string controlId)
    {
        var d = message?.Delimiters ?? Hl7Delimiters.Usual;
        var header = message?.Header;
        var version = message is { Version.Length: > 0 } ? message.Version : "2.5.1";
        var isOld = IsBefore(version, 2, 5);
        var type = message is { Event.Length: > 0 } ? $"ACK{d.Component}{message.Event}{(isOld ? "" : $"{d.Component}ACK")}" : "ACK";
        string[] fields =
        [
            d.Encoding, header?.Field(5).Raw ?? "", header?.Field(6).Raw ?? "", header?.Field(3).Raw ?? "", header?.Field(4).Raw ?? "",
            now.ToString("yyyyMMddHHmmss.fffzzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal), "", type, controlId, header?.Field(11).Raw is { Length: > 0 } processing ? processing : "P", version,
            "", "", "", "", "", header?.Field(18).Raw ?? "",
        ];
        var ack = new StringBuilder("MSH").Append(d.Field).Append(string.Join(d.Field, fields).TrimEnd(d.Field)).Append(Hl7Message.Terminator);
        var text = faults.Count == 0 ? "" : Hl7Text.Escape(faults[0].ToString(), d);
        ack.Append("MSA").Append(d.Field).Append(code).Append(d.Field).Append(header?.Field(10).Raw ?? "");
        if (text.Length > 0)
        {
            ack.Append(d.Field).Append(Cut(text, 80, d));
        }

        ack.Append(Hl7Message.Terminator);
        foreach (var fault in faults)
        {
            ack.Append(isOld ? OldError(fault, d) : Error(fault, d)).Append(Hl7Message.Terminator);
        }

        return ack.ToString();
    }

    /// <summary>What MSA says in an acknowledgement: its code and the MSH-10 that it answers; null where it has none.</summary>
    public static (string Code, string ControlId)? Read(Hl7Message message) => message.Find("MSA") is { } msa ? (msa.Text(1), msa.Text(2)) : null;

    private static string Error(Hl7Fault fault, Hl7Delimiters d)
    {
        var text = Hl7Text.Escape(fault.Text, d);
        return string.Create(CultureInfo.InvariantCulture,
            $"ERR{d.Field}{d.Field}{fault.Location?.Erl(d.Component)}{d.Field}{(int)fault.Condition}{d.Component}{fault.Display}{d.Component}HL70357{d.Field}E{d.Field}{d.Field}{d.Field}{d.Field}{text}");
    }

    // ERR-1 of v2.4 and before: ELD, segment ^ sequence ^ field ^ code & text & table.
    private static string OldError(Hl7Fault fault, Hl7Delimiters d)
    {
        var where = fault.Location;
        return string.Create(CultureInfo.InvariantCulture,
            $"ERR{d.Field}{where?.Segment}{d.Component}{(where is { } at ? at.Sequence : "")}{d.Component}{(where is { Field: > 0 } named ? named.Field : "")}{d.Component}{(int)fault.Condition}{d.Sub}{fault.Display}{d.Sub}HL70357");
    }

    private static string Cut(string text, int most, Hl7Delimiters d)
    {
        if (text.Length <= most)
        {
            return text;
        }

        // Not within an escape sequence.
        var cut = text[..most];
        return cut.Count(c => c == d.Escape) % 2 == 0 ? cut : cut[..cut.LastIndexOf(d.Escape)];
    }

    /// <summary>Whether a version is before another.</summary>
    public static bool IsBefore(string version, int major, int minor)
    {
        var parts = version.Split('.');
        return int.TryParse(parts[0], out var first) && (first < major
            || (first == major && parts.Length > 1 && int.TryParse(parts[1], out var second) && second < minor));
    }
}
