using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MedOrleans.Encounters;
using MedOrleans.Grains.Encounters;
using MedOrleans.Orders;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Orders;

/// <summary>The states of an order (R4, <c>request-status</c>) and what leads from one to the next, as pure functions over its ServiceRequest.</summary>
internal static class OrderRules
{
    /// <summary>The extension that names a report of the order's: <c>report</c> and its <c>status</c>. Only steps of orders write it.</summary>
    public const string Report = "urn:medorleans:order-report";

    /// <summary>The system of the numbers that are given out here.</summary>
    public const string Accessions = "urn:medorleans:accession";

    private const string IdentifierTypes = "http://terminology.hl7.org/CodeSystem/v2-0203";

    // R4 has no statusReason on requests; this is HL7's own extension for it.
    private const string StatusReason = "http://hl7.org/fhir/StructureDefinition/request-statusReason";

    /// <summary>What a plain write may make of each state besides leaving it.</summary>
    private static readonly Dictionary<string, string[]> s_plain = new(StringComparer.Ordinal)
    {
        ["draft"] = ["active", "revoked", "entered-in-error", "unknown"],
        ["active"] = ["on-hold", "revoked", "completed", "entered-in-error", "unknown"],
        ["on-hold"] = ["active", "revoked", "entered-in-error", "unknown"],
        ["completed"] = ["entered-in-error"],
        ["revoked"] = ["entered-in-error"],
        ["entered-in-error"] = [],
        ["unknown"] = ["draft", "active", "on-hold", "revoked", "completed", "entered-in-error"],
    };

    /// <summary>The order's status; empty where it has none.</summary>
    public static string Status(JsonObject order) => BedJson.Text(order["status"]) ?? "";

    /// <summary>The order's accession number; null where it has none.</summary>
    public static string? Accession(JsonObject order) => (order["identifier"] as JsonArray ?? []).OfType<JsonObject>()
        .Where(identifier => (identifier["type"]?["coding"] as JsonArray ?? []).Any(coding => BedJson.Text(coding?["code"]) == "ACSN")).Select(identifier => BedJson.Text(identifier["value"])).FirstOrDefault();

    /// <summary>The ids of the order's reports, and their status.</summary>
    public static IReadOnlyList<(string Id, string Status)> Reports(JsonObject order) => [.. (order["extension"] as JsonArray ?? []).OfType<JsonObject>()
        .Where(extension => BedJson.Text(extension["url"]) == Report)
        .Select(extension => (BedJson.PartId(extension, "report", "DiagnosticReport") ?? "", BedJson.Text(BedJson.Part(extension, "status", "valueCode")) ?? ""))];

    /// <summary>Why a step cannot be taken from the state that the order is in; null where it can.</summary>
    public static Issue? RefuseStep(JsonObject? order, OrderStep step)
    {
        var (what, from) = step switch
        {
            PlaceOrder => ("be placed", "draft"),
            AccessionOrder => ("get an accession number", "active"),
            RecordResult => ("get a result", "active or completed"),
            RevokeOrder => ("be revoked", "draft, active or on-hold"),
            HoldOrder => ("be put on hold", "active"),
            ResumeOrder => ("be resumed", "on-hold"),
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
        if (order is null)
        {
            return null;
        }

        var status = Status(order);
        if (!from.Split([", ", " or "], StringSplitOptions.None).Contains(status))
        {
            return new Issue("business-rule", $"An order that is {status} cannot {what}: it has to be {from}.", "ServiceRequest.status");
        }

        return step switch
        {
            AccessionOrder when Accession(order) is { } number => new Issue("business-rule", $"The order has the accession number {number} already.", "ServiceRequest.identifier"),
            RevokeOrder when Reports(order).FirstOrDefault(report => ResultRules.IsFinal(report.Status)) is { Id: { } id, Status: var final } =>
                new Issue("business-rule", $"An order whose DiagnosticReport/{id} is {final} cannot be revoked: $result corrects a report, or enters it in error.", "ServiceRequest.status"),
            _ => null,
        };
    }

    /// <summary>Places the order.</summary>
    /// <param name="order">The order, a draft or what is proposed.</param>
    /// <param name="step">The step.</param>
    /// <param name="now">The time now.</param>
    public static Issue? Place(JsonObject order, PlaceOrder step, DateTimeOffset now)
    {
        order["status"] = "active";
        order["intent"] ??= "order";
        if (step.PatientId is not null)
        {
            order["subject"] ??= Reference($"Patient/{step.PatientId}");
        }

        if (step.EncounterId is not null)
        {
            order["encounter"] = Reference($"Encounter/{step.EncounterId}");
        }

        if (step.RequesterId is not null)
        {
            order["requester"] = Reference($"Practitioner/{step.RequesterId}");
        }

        if (step.Code is not null)
        {
            order["code"] = EncounterJson.Concept(step.Code);
        }

        if (step.Reason is not null)
        {
            order["reasonCode"] = new JsonArray(EncounterJson.Concept(step.Reason));
        }

        if (step.Priority is not null)
        {
            order["priority"] = step.Priority;
        }

        if (step.Department is not null)
        {
            order["performer"] = new JsonArray(Reference(step.Department));
        }

        order["authoredOn"] ??= BedJson.Time(now);
        return order["subject"] is null ? new Issue("required", "An order needs its patient.", "patient")
            : order["code"] is null ? new Issue("required", "An order needs a code: what is ordered.", "code")
            : null;
    }

    /// <summary>Gives the order a number.</summary>
    public static void Accede(JsonObject order, string number, string? system)
    {
        if (order["identifier"] is not JsonArray identifiers)
        {
            order["identifier"] = identifiers = [];
        }

        var identifier = new JsonObject { ["type"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = IdentifierTypes, ["code"] = "ACSN" }) } };
        if (system is not null)
        {
            identifier["system"] = system;
        }

        identifier["value"] = number;
        identifiers.Add(identifier);
    }

    /// <summary>A number that fits into what DICOM (SH, 16) and HL7 give one: the day, and forty bits that a command and an attempt make, without letters that are mistaken for others.</summary>
    public static string Number(Guid command, int attempt, DateTimeOffset now)
    {
        const string letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        Span<byte> bytes = stackalloc byte[20];
        command.TryWriteBytes(bytes);
        BitConverter.TryWriteBytes(bytes[16..], attempt);
        var bits = BitConverter.ToUInt64(SHA256.HashData(bytes));
        return now.UtcDateTime.ToString("yyMMdd", System.Globalization.CultureInfo.InvariantCulture) + string.Create(8, bits, static (text, bits) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = letters[(int)(bits >> (5 * i)) & 31];
            }
        });
    }

    /// <summary>Goes over to another status, with a reason where one is given.</summary>
    public static void Move(JsonObject order, string status, CodedText? reason)
    {
        order["status"] = status;
        RemoveExtensions(order, extension => BedJson.Text(extension["url"]) == StatusReason);
        if (reason is { } code)
        {
            AddExtension(order, new JsonObject { ["url"] = StatusReason, ["valueCodeableConcept"] = EncounterJson.Concept(code) });
        }
    }

    /// <summary>Notes what a report of the order's has become, and what the order is by that: completed where all reports that count are final.</summary>
    public static void Reported(JsonObject order, string report, string status)
    {
        RemoveExtensions(order, extension => BedJson.Text(extension["url"]) == Report && BedJson.PartId(extension, "report", "DiagnosticReport") == report);
        AddExtension(order, new JsonObject
        {
            ["url"] = Report,
            ["extension"] = new JsonArray(
                new JsonObject { ["url"] = "report", ["valueReference"] = Reference($"DiagnosticReport/{report}") },
                new JsonObject { ["url"] = "status", ["valueCode"] = status }),
        });
        if (Status(order) is "active" or "completed")
        {
            var counting = Reports(order).Where(one => one.Status is not ("cancelled" or "entered-in-error")).ToList();
            order["status"] = counting.Count > 0 && counting.TrueForAll(one => ResultRules.IsFinal(one.Status)) ? "completed" : "active";
        }
    }

    /// <summary>Why a plain write of an order is refused; null where it may be.</summary>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    public static Issue? RefusePlain(JsonObject? before, JsonObject? after)
    {
        if (before is null)
        {
            return null;
        }

        var was = Status(before);
        var reports = Reports(before);
        if (after is null)
        {
            return reports.Count == 0 ? null : new Issue("business-rule", $"An order that is {was} and has DiagnosticReport/{reports[0].Id} cannot be deleted.", "ServiceRequest");
        }

        var status = Status(after);
        if (was != status && (!s_plain.TryGetValue(was, out var next) || !next.Contains(status)))
        {
            return new Issue("business-rule", $"An order that is {was} cannot become {status} by a plain write.", "ServiceRequest.status");
        }

        if (reports.Count > 0 && was != status && status is not "on-hold" and not "active")
        {
            return new Issue("business-rule", $"An order that is {was} and has DiagnosticReport/{reports[0].Id} cannot become {status} by a plain write: $result and $revoke take the report along.", "ServiceRequest.status");
        }

        if (!reports.SequenceEqual(Reports(after)))
        {
            return new Issue("business-rule", "Only $result and $revoke say what reports an order has.", "ServiceRequest.extension");
        }

        return Accession(before) is { } number && Accession(after) != number
            ? new Issue("business-rule", $"The order has the accession number {number}: it keeps it.", "ServiceRequest.identifier")
            : null;
    }

    /// <summary>A Reference.</summary>
    public static JsonObject Reference(string reference) => new() { ["reference"] = reference };

    private static void AddExtension(JsonObject order, JsonObject extension)
    {
        if (order["extension"] is not JsonArray extensions)
        {
            order["extension"] = extensions = [];
        }

        extensions.Add(extension);
    }

    private static void RemoveExtensions(JsonObject order, Func<JsonObject, bool> which)
    {
        if (order["extension"] is not JsonArray extensions)
        {
            return;
        }

        foreach (var extension in extensions.OfType<JsonObject>().Where(which).ToList())
        {
            extensions.Remove(extension);
        }

        if (extensions.Count == 0)
        {
            order.Remove("extension");
        }
    }
}
