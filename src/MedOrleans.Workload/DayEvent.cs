namespace MedOrleans.Workload;

/// <summary>What happens in a hospital.</summary>
public enum DayEventKind
{
    /// <summary>A frontend looks whether a patient is known.</summary>
    Find,

    /// <summary>A frontend registers a patient; messages register theirs along the way.</summary>
    Register,

    /// <summary>What is known of a patient changes.</summary>
    Update,

    /// <summary>An encounter begins: in a bed, or in the emergency department where no bed is named.</summary>
    Admit,

    /// <summary>A patient comes to a bed from another one, or from the emergency department.</summary>
    Transfer,

    /// <summary>A patient goes on leave.</summary>
    Leave,

    /// <summary>A patient returns from leave.</summary>
    Return,

    /// <summary>An encounter ends.</summary>
    Discharge,

    /// <summary>The admission was an error.</summary>
    CancelAdmit,

    /// <summary>The transfer was an error.</summary>
    CancelTransfer,

    /// <summary>The discharge was an error: the patient is in the bed as before.</summary>
    CancelDischarge,

    /// <summary>Housekeeping releases a bed.</summary>
    Clean,

    /// <summary>A value is measured.</summary>
    Observe,

    /// <summary>A condition is found.</summary>
    Diagnose,

    /// <summary>Something is ordered of the laboratory.</summary>
    Order,

    /// <summary>The laboratory's result of an order.</summary>
    Result,

    /// <summary>A frontend reads a patient's latest values.</summary>
    Review,

    /// <summary>A frontend reads a ward's census.</summary>
    Census,

    /// <summary>An appointment is booked.</summary>
    Book,

    /// <summary>An appointment is cancelled.</summary>
    CancelBooking,

    /// <summary>The patient of an appointment is here, and an encounter begins.</summary>
    CheckIn,

    /// <summary>The patient of an appointment did not come.</summary>
    NoShow,
}

/// <summary>A patient.</summary>
/// <param name="Number">The patient's number, from 0 on.</param>
/// <param name="Family">The family name.</param>
/// <param name="Given">The given name.</param>
/// <param name="IsFemale">Whether the sex is female; male else.</param>
/// <param name="Born">The date of birth.</param>
/// <param name="ByMessage">Whether all that is told of the patient comes by HL7 v2 messages, where there is one for it.</param>
public sealed record DayPatient(int Number, string Family, string Given, bool IsFemale, DateOnly Born, bool ByMessage);

/// <summary>A patient's encounter with the hospital.</summary>
/// <param name="Number">Its number, from 0 on.</param>
/// <param name="Patient">Whose it is.</param>
/// <param name="OpenedBy">The number of the event that begins it.</param>
public sealed record DayVisit(int Number, DayPatient Patient, int OpenedBy);

/// <summary>A bed.</summary>
/// <param name="Ward">The ward's number, from 1 on.</param>
/// <param name="Number">The bed's number in its ward, from 1 on.</param>
public sealed record DayBed(int Ward, int Number);

/// <summary>A clinic's time for one patient.</summary>
/// <param name="Clinic">The clinic's number, from 1 on.</param>
/// <param name="Start">When it begins, from midnight on.</param>
public sealed record DaySlot(int Clinic, TimeSpan Start)
{
    /// <summary>How long it lasts.</summary>
    public static TimeSpan Length { get; } = TimeSpan.FromMinutes(15);
}

/// <summary>A value that is measured.</summary>
/// <param name="Code">What, as a LOINC code.</param>
/// <param name="Display">What, for people.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">The UCUM unit.</param>
public sealed record DayMeasure(string Code, string Display, decimal Value, string Unit);

/// <summary>A condition that is found.</summary>
/// <param name="Code">The SNOMED CT code.</param>
/// <param name="Display">What it is, for people.</param>
public sealed record DayFinding(string Code, string Display);

/// <summary>One event of the day: at 08:13 patient 12 is admitted to bed 3 of ward 1.</summary>
public sealed record DayEvent
{
    /// <summary>Its number, from 0 on, in the order of <see cref="At"/>.</summary>
    public required int Number { get; init; }

    /// <summary>When it happens, from midnight on; what is before midnight makes the hospital what the day finds.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>What happens.</summary>
    public required DayEventKind Kind { get; init; }

    /// <summary>The numbers of the events that have to have happened.</summary>
    public required IReadOnlyList<int> After { get; init; }

    /// <summary>Whom it is about; null for what is about beds alone.</summary>
    public DayPatient? Patient { get; init; }

    /// <summary>The visit that it belongs to; null for none.</summary>
    public DayVisit? Visit { get; init; }

    /// <summary>The bed where the patient is afterwards or was until then, or that is cleaned; null for none.</summary>
    public DayBed? Bed { get; init; }

    /// <summary>The class of the encounter (v3-ActCode) where it begins or changes it; null else.</summary>
    public string? Class { get; init; }

    /// <summary>The appointment's time; null for none.</summary>
    public DaySlot? Slot { get; init; }

    /// <summary>The order or booking that it is about, by its event's number; null for none.</summary>
    public int? About { get; init; }

    /// <summary>What is measured; null for nothing.</summary>
    public DayMeasure? Measure { get; init; }

    /// <summary>What is found; null for nothing.</summary>
    public DayFinding? Finding { get; init; }

    /// <summary>The ward whose census is read; 0 for none.</summary>
    public int Ward { get; init; }

    /// <summary>How long the stay on a ward that begins here is to last, whatever interrupts it; null where none begins.</summary>
    public TimeSpan? Stay { get; init; }

    /// <summary>Whether it is told by an HL7 v2 message: its patient's system sends them, and there is one for it.</summary>
    public bool ByMessage => Patient is { ByMessage: true } && Kind is not (DayEventKind.Find or DayEventKind.Register or DayEventKind.Review or DayEventKind.Diagnose);

    /// <summary>Whether it only reads.</summary>
    public bool IsRead => Kind is DayEventKind.Find or DayEventKind.Review or DayEventKind.Census;
}
