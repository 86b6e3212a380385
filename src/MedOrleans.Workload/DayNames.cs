using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MedOrleans.Workload;

/// <summary>
/// The ids of what a played day makes. They follow from the hospital, the run and the plan, so that what is sent again is the same again, and two runs of one plan stay apart.
/// Places are the same in every run.
/// </summary>
/// <param name="tenant">The hospital's slug.</param>
/// <param name="run">What tells this run from others: letters and digits.</param>
public sealed class DayNames(string tenant, string run)
{
    /// <summary>The system of medical record numbers.</summary>
    public const string RecordNumbers = "https://medorleans.example/mrn";

    /// <summary>The emergency department's Location.</summary>
    public const string Emergency = "ed";

    /// <summary>The laboratory's Organization.</summary>
    public const string Laboratory = "lab";

    /// <summary>The hospital's slug.</summary>
    public string Tenant => tenant;

    /// <summary>The hospital as messages name it, MSH-4.</summary>
    public string Facility => tenant.ToUpperInvariant();

    /// <summary>A patient's medical record number.</summary>
    public string RecordNumber(DayPatient patient) => string.Create(CultureInfo.InvariantCulture, $"{run}-{patient.Number:D6}");

    /// <summary>The id of a patient whom frontends registered.</summary>
    public string Patient(DayPatient patient) => Id($"Patient {patient.Number}").ToString("D");

    /// <summary>The command of an event, by which it has one effect however often it is sent.</summary>
    public Guid Command(int number) => Id($"event {number}");

    /// <summary>The id of the encounter of a visit that frontends told of: its first command's.</summary>
    public string Encounter(DayVisit visit) => Command(visit.OpenedBy).ToString("D");

    /// <summary>The number of a visit that messages tell of, PV1-19.</summary>
    public string VisitNumber(DayVisit visit) => string.Create(CultureInfo.InvariantCulture, $"{run}-V{visit.Number:D6}");

    /// <summary>The number of an order or appointment, or of a report, that messages tell of.</summary>
    public string Number(char kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{run}-{kind}{number:D6}");

    /// <summary>A message's control id, MSH-10: 20 characters at the most.</summary>
    public string ControlId(int number) => string.Create(CultureInfo.InvariantCulture, $"{run}-{number:D7}");

    /// <summary>A ward's Location.</summary>
    public static string Ward(int ward) => string.Create(CultureInfo.InvariantCulture, $"w{ward}");

    /// <summary>A bed's Location.</summary>
    public static string Bed(DayBed bed) => string.Create(CultureInfo.InvariantCulture, $"w{bed.Ward}-b{bed.Number:D2}");

    /// <summary>A clinic's Schedule.</summary>
    public static string Schedule(int clinic) => string.Create(CultureInfo.InvariantCulture, $"clinic{clinic}");

    /// <summary>A slot of this run.</summary>
    public string Slot(DaySlot slot) => Id($"Slot {slot.Clinic} {slot.Start.TotalMinutes:0}").ToString("D");

    private Guid Id(string what)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}\n{run}\n{what}"));

        // RFC 9562, version 8.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}

/// <summary>When the day is played.</summary>
/// <param name="Midnight">The moment at which it begins.</param>
/// <param name="Length">How long it takes; less than a day is a day compressed.</param>
public sealed record DayClock(DateTimeOffset Midnight, TimeSpan Length)
{
    /// <summary>
    /// How much longer than planned a slot is open: where a quarter of an hour takes some seconds or less, a booking that comes a little late would else find it over.
    /// </summary>
    public TimeSpan Patience => Length < DayPlan.Length ? TimeSpan.FromMinutes(10) : TimeSpan.Zero;

    /// <summary>How long after it begins something of the plan's is due.</summary>
    public TimeSpan Due(TimeSpan at) => Length * (at / DayPlan.Length);

    /// <summary>The moment of something of the plan's.</summary>
    public DateTimeOffset Moment(TimeSpan at) => Midnight + Due(at);
}
