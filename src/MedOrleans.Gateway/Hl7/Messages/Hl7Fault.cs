using System.Globalization;

namespace MedOrleans.Gateway.Hl7.Messages;

/// <summary>Error conditions (HL7 table 0357).</summary>
internal enum Hl7Condition
{
    SegmentSequenceError = 100,
    RequiredFieldMissing = 101,
    DataTypeError = 102,
    TableValueNotFound = 103,
    UnsupportedMessageType = 200,
    UnsupportedEventCode = 201,
    UnsupportedProcessingId = 202,
    UnsupportedVersionId = 203,
    UnknownKeyIdentifier = 204,
    DuplicateKeyIdentifier = 205,
    ApplicationRecordLocked = 206,
    ApplicationInternalError = 207,
}

/// <summary>Where in a message something is wrong: segment, which of its kind, field, repetition, component, sub-component, all from 1; 0 where it is not said.</summary>
internal readonly record struct Hl7Location(string Segment, int Sequence = 1, int Field = 0, int Repetition = 0, int Component = 0, int Sub = 0)
{
    /// <summary>As people write it, <c>PID-3.1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment}{(Sequence > 1 ? $"[{Sequence}]" : "")}{Of('-', Field)}{Of('.', Component)}{Of('.', Sub)}");

    /// <summary>As an ERL (2.A.28), parts separated by the delimiter.</summary>
    public string Erl(char separator)
    {
        string[] parts = [Segment, Number(Sequence), Number(Field), Number(Field > 0 ? Math.Max(1, Repetition) : 0), Number(Component), Number(Sub)];
        return string.Join(separator, parts).TrimEnd(separator);
    }

    private static string Of(char before, int number) => number > 0 ? string.Create(CultureInfo.InvariantCulture, $"{before}{number}") : "";

    private static string Number(int number) => number > 0 ? number.ToString(CultureInfo.InvariantCulture) : "";
}

/// <summary>Why a message is not taken. The text never holds what the message says of a patient.</summary>
/// <param name="Condition">The kind.</param>
/// <param name="Text">For people.</param>
/// <param name="Location">Where; null for the message as a whole.</param>
internal sealed record Hl7Fault(Hl7Condition Condition, string Text, Hl7Location? Location = null)
{
    /// <summary>Whether the message is rejected for what its header says (AR), and not for its content (AE).</summary>
    public bool IsReject => Condition is >= Hl7Condition.UnsupportedMessageType and <= Hl7Condition.UnsupportedVersionId;

    /// <summary>The condition as table 0357 displays it.</summary>
    public string Display => Condition switch
    {
        Hl7Condition.SegmentSequenceError => "Segment sequence error",
        Hl7Condition.RequiredFieldMissing => "Required field missing",
        Hl7Condition.DataTypeError => "Data type error",
        Hl7Condition.TableValueNotFound => "Table value not found",
        Hl7Condition.UnsupportedMessageType => "Unsupported message type",
        Hl7Condition.UnsupportedEventCode => "Unsupported event code",
        Hl7Condition.UnsupportedProcessingId => "Unsupported processing id",
        Hl7Condition.UnsupportedVersionId => "Unsupported version id",
        Hl7Condition.UnknownKeyIdentifier => "Unknown key identifier",
        Hl7Condition.DuplicateKeyIdentifier => "Duplicate key identifier",
        Hl7Condition.ApplicationRecordLocked => "Application record locked",
        _ => "Application internal error",
    };

    /// <summary>For a list: where, and what.</summary>
    public override string ToString() => Location is { } where ? $"{where}: {Text}" : Text;
}

/// <summary>Thrown inside the reading and mapping of a message, where what is wrong ends it.</summary>
#pragma warning disable CA1032, CA1064 // It never leaves the module, and always has a fault.
internal sealed class Hl7Exception(Hl7Fault fault) : Exception(fault.ToString())
{
    public Hl7Exception(Hl7Condition condition, string text, Hl7Location? location = null) : this(new Hl7Fault(condition, text, location))
    {
    }

    /// <summary>What is wrong.</summary>
    public Hl7Fault Fault { get; } = fault;
}
#pragma warning restore CA1032, CA1064
