using System.Globalization;
using System.Text.Json;

namespace MedOrleans.Host.Demo;

/// <summary>The FHIR resources that a visit makes.</summary>
internal static class VisitJson
{
    /// <summary>The system of the demo's medical record numbers.</summary>
    public const string RecordNumbers = "https://medorleans.example/mrn";

    private const string Loinc = "http://loinc.org";
    private const string Snomed = "http://snomed.info/sct";
    private const string Ucum = "http://unitsofmeasure.org";
    private const string ActCodes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    /// <summary>A patient's medical record number.</summary>
    public static string RecordNumber(int run, int patient) => string.Create(CultureInfo.InvariantCulture, $"{run:X8}-{patient:D6}");

    public static byte[] Patient(PlannedVisit visit, int run) => Print(new
    {
        resourceType = "Patient",
        identifier = new[] { new { system = RecordNumbers, value = RecordNumber(run, visit.Patient) } },
        active = true,
        name = new[] { new { use = "official", family = visit.Family, given = new[] { visit.Given } } },
        gender = visit.Gender,
        birthDate = visit.Born.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
    });

    public static byte[] Started(PlannedVisit visit, string patient, DateTimeOffset now) => Print(new
    {
        resourceType = "Encounter",
        status = "in-progress",
        @class = new { system = ActCodes, code = visit.Class },
        subject = new { reference = $"Patient/{patient}" },
        period = new { start = Time(now) },
    });

    public static byte[] Finished(PlannedVisit visit, string id, string patient, DateTimeOffset start, DateTimeOffset now) => Print(new
    {
        resourceType = "Encounter",
        id,
        status = "finished",
        statusHistory = new[] { new { status = "in-progress", period = new { start = Time(start), end = Time(now) } } },
        @class = new { system = ActCodes, code = visit.Class },
        subject = new { reference = $"Patient/{patient}" },
        period = new { start = Time(start), end = Time(now) },
    });

    public static byte[] Observation(PlannedObservation measure, string patient, string encounter, DateTimeOffset now) => Print(new
    {
        resourceType = "Observation",
        status = "final",
        category = new[] { new { coding = new[] { new { system = "http://terminology.hl7.org/CodeSystem/observation-category", code = "vital-signs" } } } },
        code = new { coding = new[] { new { system = Loinc, code = measure.Code, display = measure.Display } } },
        subject = new { reference = $"Patient/{patient}" },
        encounter = new { reference = $"Encounter/{encounter}" },
        effectiveDateTime = Time(now),
        valueQuantity = new { value = measure.Value, unit = measure.Unit, system = Ucum, code = measure.Unit },
    });

    public static byte[] Condition(PlannedCondition condition, string patient, string encounter, DateTimeOffset now) => Print(new
    {
        resourceType = "Condition",
        clinicalStatus = new { coding = new[] { new { system = "http://terminology.hl7.org/CodeSystem/condition-clinical", code = "active" } } },
        code = new { coding = new[] { new { system = Snomed, code = condition.Code, display = condition.Display } } },
        subject = new { reference = $"Patient/{patient}" },
        encounter = new { reference = $"Encounter/{encounter}" },
        recordedDate = Time(now),
    });

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static byte[] Print<T>(T resource) => JsonSerializer.SerializeToUtf8Bytes(resource);
}
