using System.Globalization;
using System.Text;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>The answer to a batch (HL7 v2.8, chapter 2, 2.10.3.3): a batch of acknowledgements.</summary>
internal static class BatchAnswer
{
    /// <summary>The answer.</summary>
    public static string Of(Hl7Batch batch, IReadOnlyList<string> answers, DateTimeOffset now)
    {
        var text = new StringBuilder();
        if (batch.File is { } file)
        {
            text.Append(Turned(file, now));
        }

        var header = batch.Header ?? batch.File!;
        if (batch.Header is not null)
        {
            text.Append(Turned(header, now));
        }

        foreach (var answer in answers)
        {
            text.Append(answer);
        }

        if (batch.Header is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"BTS{header.Delimiters.Field}{answers.Count}").Append(Hl7Message.Terminator);
        }

        if (batch.File is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"FTS{header.Delimiters.Field}1").Append(Hl7Message.Terminator);
        }

        return text.ToString();
    }

    // Sender and receiver change places; the batch's own number is what it answers (BHS-12, FHS-12).
    private static string Turned(Hl7Segment header, DateTimeOffset now)
    {
        var d = header.Delimiters;
        string[] fields =
        [
            header.Name, d.Encoding, header.Field(5).Raw, header.Field(6).Raw, header.Field(3).Raw, header.Field(4).Raw,
            now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture), "", "", "", "", header.Field(11).Raw,
        ];
        return string.Join(d.Field, fields).TrimEnd(d.Field) + Hl7Message.Terminator;
    }
}
