using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MedOrleans.Workload;

/// <summary>A request of a FHIR frontend.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The address below the hospital's own, <c>Encounter/$admit</c>.</param>
/// <param name="Body">The body as JSON; null for none.</param>
public sealed record FhirRequest(HttpMethod Method, string Path, byte[]? Body);

/// <summary>Events as FHIR R4 REST requests: operations where there is one for the step, plain creates else.</summary>
/// <param name="names">The ids.</param>
/// <param name="clock">When the day is played.</param>
public sealed class FhirForm(DayNames names, DayClock clock)
{
    private const string Loinc = "http://loinc.org";
    private const string ActCodes = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

    /// <summary>The request that tells of an event.</summary>
    /// <param name="what">The event.</param>
    /// <param name="now">The time that it has.</param>
    public FhirRequest Of(DayEvent what, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(what);
        return what.Kind switch
        {
            DayEventKind.Find => Get($"Patient?family={what.Patient!.Family}&birthdate={Date(what.Patient.Born)}"),
            DayEventKind.Register => Put($"Patient/{names.Patient(what.Patient!)}", Patient(what.Patient!, phone: null)),
            DayEventKind.Update => Put($"Patient/{names.Patient(what.Patient!)}", Patient(what.Patient!, $"555-{what.Number:D6}")),
            DayEventKind.Admit => Call("Encounter/$admit", what, Reference("patient", $"Patient/{names.Patient(what.Patient!)}"), Class(what), Place(what)),
            DayEventKind.Transfer => Step("$transfer", what, Place(what), Class(what)),
            DayEventKind.Leave => Step("$leave", what),
            DayEventKind.Return => Step("$return", what),
            DayEventKind.Discharge => Step("$discharge", what, new JsonObject { ["name"] = "disposition", ["valueCoding"] = Coding("http://terminology.hl7.org/CodeSystem/discharge-disposition", "home", null) }),
            DayEventKind.CancelAdmit => Step("$cancel-admit", what),
            DayEventKind.CancelTransfer => Step("$cancel-transfer", what),
            DayEventKind.CancelDischarge => Step("$cancel-discharge", what),
            DayEventKind.Clean => Call($"Location/{DayNames.Bed(what.Bed!)}/$release", what),
            DayEventKind.Observe => Post("Observation", Observation(what, now)),
            DayEventKind.Diagnose => Post("Condition", new JsonObject
            {
                ["resourceType"] = "Condition",
                ["clinicalStatus"] = Concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", null),
                ["code"] = Concept("http://snomed.info/sct", what.Finding!.Code, what.Finding.Display),
                ["subject"] = Subject(what),
                ["encounter"] = Encounter(what),
                ["recordedDate"] = Time(now),
            }),
            DayEventKind.Order => Call("ServiceRequest/$place", what, Reference("patient", $"Patient/{names.Patient(what.Patient!)}"), Reference("encounter", $"Encounter/{names.Encounter(what.Visit!)}"),
                new JsonObject { ["name"] = "code", ["valueCodeableConcept"] = Concept(Loinc, what.Measure!.Code, what.Measure.Display) }, Reference("department", $"Organization/{DayNames.Laboratory}")),
            DayEventKind.Result => Call($"ServiceRequest/{names.Command(what.About!.Value)}/$result", what, new JsonObject { ["name"] = "status", ["valueCode"] = "final" },
                new JsonObject { ["name"] = "observation", ["resource"] = Observation(what, now) }),
            DayEventKind.Review => Get($"Observation?patient={names.Patient(what.Patient!)}&_sort=-date&_count=10"),
            DayEventKind.Census => Get($"Location/{DayNames.Ward(what.Ward)}/$census"),
            DayEventKind.Book => Call("Appointment/$book", what, Reference("slot", $"Slot/{names.Slot(what.Slot!)}"), Reference("patient", $"Patient/{names.Patient(what.Patient!)}")),
            DayEventKind.CancelBooking => Appointment("$cancel", what),
            DayEventKind.CheckIn => Appointment("$check-in", what, Class(what)),
            DayEventKind.NoShow => Appointment("$no-show", what),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
    }

    /// <summary>The request that makes places: wards, the emergency department, the beds that are named, the laboratory, and the clinics' schedules.</summary>
    /// <param name="wards">How many wards.</param>
    /// <param name="clinics">How many clinics.</param>
    /// <param name="beds">The beds.</param>
    public static FhirRequest Places(int wards, int clinics, IEnumerable<DayBed> beds) => Transaction([
        new("Organization", DayNames.Laboratory, new JsonObject { ["name"] = "Laboratory" }),
        new("Location", DayNames.Emergency, Location("ED", "Emergency department", "wa", null)),
        .. Enumerable.Range(1, wards).Select(ward => ("Location", DayNames.Ward(ward), Location(Inv($"W{ward}"), Inv($"Ward {ward}"), "wa", null))),
        .. beds.Select(bed => ("Location", DayNames.Bed(bed), Location(Hl7Form.PlaceKey(bed), Inv($"Bed {bed.Ward}.{bed.Number}"), "bd", DayNames.Ward(bed.Ward)))),
        .. Enumerable.Range(1, clinics).Select(clinic => ("Schedule", DayNames.Schedule(clinic), new JsonObject
        {
            ["active"] = true,
            ["actor"] = new JsonArray(new JsonObject { ["reference"] = $"Location/{DayNames.Emergency}" }),
            ["comment"] = Inv($"Clinic {clinic}"),
        }))]);

    /// <summary>The requests that make the slots of the run, some hundreds each.</summary>
    /// <param name="slots">The slots.</param>
    public IEnumerable<FhirRequest> Slots(IEnumerable<DaySlot> slots) => slots.Chunk(200).Select(some => Transaction([.. some.Select(slot => ("Slot", names.Slot(slot), new JsonObject
    {
        ["schedule"] = new JsonObject { ["reference"] = $"Schedule/{DayNames.Schedule(slot.Clinic)}" },
        ["status"] = "free",
        ["start"] = Time(clock.Moment(slot.Start)),
        ["end"] = Time(clock.Moment(slot.Start + DaySlot.Length) + clock.Patience),
    }))]));

    private static FhirRequest Transaction(List<(string Type, string Id, JsonObject Said)> resources) => Post("", new JsonObject
    {
        ["resourceType"] = "Bundle",
        ["type"] = "transaction",
        ["entry"] = new JsonArray([.. resources.Select(resource =>
        {
            (resource.Said["resourceType"], resource.Said["id"]) = (resource.Type, resource.Id);
            return new JsonObject { ["resource"] = resource.Said, ["request"] = new JsonObject { ["method"] = "PUT", ["url"] = $"{resource.Type}/{resource.Id}" } };
        })]),
    });

    private static JsonObject Location(string key, string name, string type, string? partOf)
    {
        var location = new JsonObject
        {
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = Hl7Form.Places, ["value"] = key }),
            ["status"] = "active",
            ["name"] = name,
            ["mode"] = "instance",
            ["physicalType"] = Concept("http://terminology.hl7.org/CodeSystem/location-physical-type", type, null),
        };
        if (partOf is not null)
        {
            location["partOf"] = new JsonObject { ["reference"] = $"Location/{partOf}" };
        }

        return location;
    }

    private JsonObject Patient(DayPatient patient, string? phone)
    {
        var json = new JsonObject
        {
            ["resourceType"] = "Patient",
            ["id"] = names.Patient(patient),
            ["identifier"] = new JsonArray(new JsonObject { ["system"] = DayNames.RecordNumbers, ["value"] = names.RecordNumber(patient) }),
            ["active"] = true,
            ["name"] = new JsonArray(new JsonObject { ["use"] = "official", ["family"] = patient.Family, ["given"] = new JsonArray(patient.Given) }),
            ["gender"] = patient.IsFemale ? "female" : "male",
            ["birthDate"] = Date(patient.Born),
        };
        if (phone is not null)
        {
            json["telecom"] = new JsonArray(new JsonObject { ["system"] = "phone", ["value"] = phone });
        }

        return json;
    }

    private JsonObject Observation(DayEvent what, DateTimeOffset now) => new()
    {
        ["resourceType"] = "Observation",
        ["status"] = "final",
        ["category"] = new JsonArray(Concept("http://terminology.hl7.org/CodeSystem/observation-category", what.Kind == DayEventKind.Result ? "laboratory" : "vital-signs", null)),
        ["code"] = Concept(Loinc, what.Measure!.Code, what.Measure.Display),
        ["subject"] = Subject(what),
        ["encounter"] = Encounter(what),
        ["effectiveDateTime"] = Time(now),
        ["valueQuantity"] = new JsonObject { ["value"] = what.Measure.Value, ["unit"] = what.Measure.Unit, ["system"] = "http://unitsofmeasure.org", ["code"] = what.Measure.Unit },
    };

    private FhirRequest Step(string operation, DayEvent what, params JsonObject?[] parameters) => Call($"Encounter/{names.Encounter(what.Visit!)}/{operation}", what, parameters);

    private FhirRequest Appointment(string operation, DayEvent what, params JsonObject?[] parameters) => Call($"Appointment/{names.Command(what.About!.Value)}/{operation}", what, parameters);

    private FhirRequest Call(string path, DayEvent what, params JsonObject?[] parameters) => Post(path, new JsonObject
    {
        ["resourceType"] = "Parameters",
        ["parameter"] = new JsonArray([.. parameters.OfType<JsonObject>(), new JsonObject { ["name"] = "commandId", ["valueUuid"] = $"urn:uuid:{names.Command(what.Number):D}" }]),
    });

    private JsonObject Subject(DayEvent what) => new() { ["reference"] = $"Patient/{names.Patient(what.Patient!)}" };

    private JsonObject Encounter(DayEvent what) => new() { ["reference"] = $"Encounter/{names.Encounter(what.Visit!)}" };

    private static JsonObject? Place(DayEvent what) => Reference("location", $"Location/{(what.Bed is { } bed ? DayNames.Bed(bed) : DayNames.Emergency)}");

    private static JsonObject? Class(DayEvent what) => what.Class is null ? null : new JsonObject { ["name"] = "class", ["valueCoding"] = Coding(ActCodes, what.Class, null) };

    private static JsonObject Reference(string name, string target) => new() { ["name"] = name, ["valueReference"] = new JsonObject { ["reference"] = target } };

    private static JsonObject Concept(string system, string code, string? display) => new() { ["coding"] = new JsonArray(Coding(system, code, display)) };

    private static JsonObject Coding(string system, string code, string? display)
    {
        var coding = new JsonObject { ["system"] = system, ["code"] = code };
        if (display is not null)
        {
            coding["display"] = display;
        }

        return coding;
    }

    private static FhirRequest Get(string path) => new(HttpMethod.Get, path, null);

    private static FhirRequest Put(string path, JsonObject resource) => new(HttpMethod.Put, path, JsonSerializer.SerializeToUtf8Bytes(resource));

    private static FhirRequest Post(string path, JsonObject resource) => new(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(resource));

    private static string Date(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Inv(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
