using System.Globalization;

namespace MedOrleans.Workload;

/// <summary>Events as HL7 v2.5.1 messages: ADT, ORM, ORU and SIU.</summary>
/// <param name="names">The ids.</param>
/// <param name="clock">When the day is played.</param>
public sealed class Hl7Form(DayNames names, DayClock clock)
{
    /// <summary>The name of the sending system, MSH-3.</summary>
    public const string Application = "HIS";

    /// <summary>The assigning authority of medical record numbers, CX-4.1.</summary>
    public const string Authority = "MRN";

    /// <summary>The system of places by their names in HL7, as the record has it.</summary>
    internal const string Places = "urn:medorleans:hl7v2:location";

    /// <summary>The message that tells of an event.</summary>
    /// <param name="what">The event, one that is told by message.</param>
    /// <param name="now">The time that it has.</param>
    public string Of(DayEvent what, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(what);
        return what.Kind switch
        {
            DayEventKind.Admit => Adt(what.Bed is null ? "A04" : "A01", what, now),
            DayEventKind.CheckIn => Adt("A04", what, now),
            DayEventKind.Transfer => Adt(what.Class is null ? "A02" : "A06", what, now),
            DayEventKind.Discharge => Adt("A03", what, now),
            DayEventKind.Update => Adt("A08", what, now),
            DayEventKind.CancelAdmit => Adt("A11", what, now),
            DayEventKind.CancelTransfer => Adt("A12", what, now),
            DayEventKind.CancelDischarge => Adt("A13", what, now),
            DayEventKind.Leave => Adt("A21", what, now),
            DayEventKind.Return => Adt("A22", what, now),
            DayEventKind.Order => Header("ORM^O01", what, now) + Person(what) + Visit(what)
                + $"ORC|NW|{names.Number('O', what.Number)}^{Application}|||||^^^^^R\rOBR|1|{names.Number('O', what.Number)}^{Application}||{Code(what)}\r",
            DayEventKind.Result => Report(what, $"{names.Number('O', what.About!.Value)}^{Application}", now),
            DayEventKind.Observe => Report(what, "", now),
            DayEventKind.Book => Schedule("S12", what, what.Number, now),
            DayEventKind.CancelBooking => Schedule("S15", what, what.About!.Value, now),
            DayEventKind.NoShow => Schedule("S26", what, what.About!.Value, now),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
    }

    /// <summary>A bed by the name that the record knows it under: point of care, room and bed.</summary>
    internal static string PlaceKey(DayBed bed) => string.Create(CultureInfo.InvariantCulture, $"W{bed.Ward}||{bed.Number:D2}");

    private string Adt(string trigger, DayEvent what, DateTimeOffset now) =>
        Header($"ADT^{trigger}", what, now) + $"EVN|{trigger}|{Time(now)}\r" + Person(what) + Visit(what);

    private string Report(DayEvent what, string placer, DateTimeOffset now) => Header("ORU^R01", what, now) + Person(what) + Visit(what)
        + $"OBR|1|{placer}|{names.Number('F', what.Number)}^LAB|{Code(what)}|||{Time(now)}||||||||||||||||||F\r"
        + $"OBX|1|NM|{Code(what)}||{what.Measure!.Value.ToString(CultureInfo.InvariantCulture)}|{what.Measure.Unit}^^UCUM|||||F\r";

    private string Schedule(string trigger, DayEvent what, int booking, DateTimeOffset now)
    {
        var start = Time(clock.Moment(what.Slot!.Start));
        return Header($"SIU^{trigger}", what, now) + $"SCH|{names.Number('S', booking)}^{Application}|||||{(trigger == "S15" ? "^Patient asked" : "")}|CHECKUP^Check-up^L|||min|^^^{start}\r" + Person(what)
            + $"RGS|1\rAIS|1||394579002^Cardiology^SCT|{start}|||{DaySlot.Length.TotalMinutes.ToString(CultureInfo.InvariantCulture)}|min\r";
    }

    private string Header(string type, DayEvent what, DateTimeOffset now) =>
        $"MSH|^~\\&|{Application}|{names.Facility}|MEDORLEANS|{names.Facility}|{Time(now)}||{type}|{names.ControlId(what.Number)}|P|2.5.1\r";

    private string Person(DayEvent what)
    {
        var patient = what.Patient!;
        var phone = what.Kind == DayEventKind.Update ? $"|||||555-{what.Number.ToString("D6", CultureInfo.InvariantCulture)}" : "";
        return $"PID|1||{names.RecordNumber(patient)}^^^{Authority}^MR||{patient.Family}^{patient.Given}||{patient.Born.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}|{(patient.IsFemale ? 'F' : 'M')}{phone}\r";
    }

    private string Visit(DayEvent what)
    {
        var patientClass = what.Kind == DayEventKind.CheckIn || (what.Bed is null && what.Kind == DayEventKind.Discharge) ? "O" : what is { Bed: null, Kind: DayEventKind.Admit } ? "E" : "I";
        var place = what.Bed is { } bed ? string.Create(CultureInfo.InvariantCulture, $"W{bed.Ward}^^{bed.Number:D2}") : what.Kind == DayEventKind.Admit ? "ED" : "";
        return $"PV1|1|{patientClass}|{place}||||77^Quist^Mia|||SUR|||||||||{names.VisitNumber(what.Visit!)}\r";
    }

    private static string Code(DayEvent what) => $"{what.Measure!.Code}^{what.Measure.Display}^LN";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss.fff", CultureInfo.InvariantCulture) + "+0000";
}
