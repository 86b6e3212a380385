using System.Text.Json.Nodes;
using MedOrleans.Orders;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Orders;

/// <summary>The states of a report and its observations (R4, <c>diagnostic-report-status</c>, <c>observation-status</c>), as pure functions over their JSON.</summary>
internal static class ResultRules
{
    /// <summary>The most observations of one report.</summary>
    public const int MostObservations = 500;

    /// <summary>The extension that names the order whose result a report or observation is. Only steps of orders write it.</summary>
    public const string Order = "urn:medorleans:order-result";

    /// <summary>What a report may become from each state; from none for a new one.</summary>
    private static readonly Dictionary<string, string[]> s_next = new(StringComparer.Ordinal)
    {
        [""] = ["registered", "partial", "preliminary", "final"],
        ["registered"] = ["registered", "partial", "preliminary", "final", "cancelled", "entered-in-error"],
        ["partial"] = ["partial", "preliminary", "final", "cancelled", "entered-in-error"],
        ["preliminary"] = ["partial", "preliminary", "final", "cancelled", "entered-in-error"],
        ["final"] = ["amended", "corrected", "appended", "entered-in-error"],
        ["amended"] = ["amended", "corrected", "appended", "entered-in-error"],
        ["corrected"] = ["amended", "corrected", "appended", "entered-in-error"],
        ["appended"] = ["amended", "corrected", "appended", "entered-in-error"],
        ["cancelled"] = [],
        ["entered-in-error"] = [],
    };

    private static readonly Dictionary<string, string[]> s_nextObservation = new(StringComparer.Ordinal)
    {
        [""] = ["registered", "preliminary", "final", "amended", "corrected", "cancelled"],
        ["registered"] = ["registered", "preliminary", "final", "cancelled", "entered-in-error"],
        ["preliminary"] = ["preliminary", "final", "cancelled", "entered-in-error"],
        ["final"] = ["amended", "corrected", "cancelled", "entered-in-error"],
        ["amended"] = ["amended", "corrected", "cancelled", "entered-in-error"],
        ["corrected"] = ["amended", "corrected", "cancelled", "entered-in-error"],
        ["cancelled"] = ["entered-in-error"],
        ["entered-in-error"] = [],
    };

    /// <summary>Whether a report in this state is whole and verified.</summary>
    public static bool IsFinal(string status) => status is "final" or "amended" or "corrected" or "appended";

    /// <summary>The status; empty where there is none.</summary>
    public static string Status(JsonObject? resource) => BedJson.Text(resource?["status"]) ?? "";

    /// <summary>The ids of a report's observations.</summary>
    public static IReadOnlyList<string> Observations(JsonObject? report) => [.. (report?["result"] as JsonArray ?? []).Select(result => BedJson.IdOf(result, "Observation")).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The order whose result a resource is; null where it is none's.</summary>
    public static string? OrderOf(JsonObject resource) => BedJson.IdOf(BedJson.Find(resource, Order)?["valueReference"], "ServiceRequest");

    /// <summary>Why a report cannot become what a step makes of it; null where it can.</summary>
    /// <param name="order">The order's status.</param>
    /// <param name="id">The report's id.</param>
    /// <param name="was">The report's status; empty for a new one.</param>
    /// <param name="status">The status that it shall have.</param>
    public static Issue? RefuseReport(string order, string id, string was, string status)
    {
        if (!s_next.TryGetValue(was, out var next) || !next.Contains(status))
        {
            return new Issue("business-rule", was.Length == 0 ? $"A new report is {string.Join(", ", s_next[""])}; it cannot be {status}."
                : $"DiagnosticReport/{id} is {was} and cannot become {status}{(next is { Length: > 0 } ? $": it can become {string.Join(", ", next)}" : "")}.", "DiagnosticReport.status");
        }

        return order == "completed" && was.Length == 0
            ? new Issue("business-rule", "An order that is completed gets no new report: $result corrects the one that is there.", "ServiceRequest.status")
            : null;
    }

    /// <summary>Makes a report of what a step gives and what is there.</summary>
    /// <param name="order">The order.</param>
    /// <param name="orderId">Its id.</param>
    /// <param name="id">The report's id.</param>
    /// <param name="given">What the step gives; null for what is there.</param>
    /// <param name="stored">What is there; null where nothing is.</param>
    /// <param name="status">The status that it shall have.</param>
    /// <param name="observations">All observations that it shall have.</param>
    /// <param name="now">The time now.</param>
    public static (JsonObject? Report, Issue? Refusal) Report(
        JsonObject order, string orderId, string id, JsonObject? given, JsonObject? stored, string status, IReadOnlyList<string> observations, DateTimeOffset now)
    {
        var report = given ?? stored?.DeepClone().AsObject() ?? [];
        report["resourceType"] = "DiagnosticReport";
        report["id"] = id;
        report.Remove("meta");
        report["status"] = status;
        report["code"] ??= order["code"]?.DeepClone() ?? new JsonObject { ["text"] = "Result" };
        if (Belong(report, order, orderId, "DiagnosticReport") is { } foreign)
        {
            return (null, foreign);
        }

        if (given?["issued"] is null)
        {
            report["issued"] = BedJson.Time(now);
        }

        if (observations.Count > 0)
        {
            report["result"] = new JsonArray([.. observations.Select(observation => OrderRules.Reference($"Observation/{observation}"))]);
        }

        return (report, null);
    }

    /// <summary>Makes an observation of what a step gives.</summary>
    /// <param name="order">The order.</param>
    /// <param name="orderId">Its id.</param>
    /// <param name="id">The observation's id.</param>
    /// <param name="given">What the step gives, changed in place.</param>
    /// <param name="stored">What is there; null where nothing is.</param>
    /// <param name="report">The report's status.</param>
    public static Issue? Observation(JsonObject order, string orderId, string id, JsonObject given, JsonObject? stored, string report)
    {
        given["id"] = id;
        given.Remove("meta");
        if (stored is not null && OrderOf(stored) != orderId)
        {
            return new Issue("business-rule", $"Observation/{id} is not a result of this order.", "observation");
        }

        var was = Status(stored);
        var status = Status(given) is { Length: > 0 } said ? said : Follow(report, was);
        given["status"] = status;
        if (!s_nextObservation.TryGetValue(was, out var next) || !next.Contains(status))
        {
            return new Issue("business-rule", was.Length == 0 ? $"A new observation cannot be {status}." : $"Observation/{id} is {was} and cannot become {status}.", "Observation.status");
        }

        if (IsFinal(report) && status is "registered" or "preliminary")
        {
            return new Issue("business-rule", $"An observation of a report that is {report} cannot be {status}.", "Observation.status");
        }

        return Belong(given, order, orderId, "Observation");
    }

    /// <summary>Takes an observation along that the step does not give; false where it stays as it is.</summary>
    public static bool TakeAlong(JsonObject observation, string report)
    {
        var was = Status(observation);
        var status = report switch
        {
            "entered-in-error" => report,
            "cancelled" when was is "registered" or "preliminary" => report,
            _ when IsFinal(report) && was is "registered" or "preliminary" => "final",
            _ => was,
        };
        observation["status"] = status;
        return status != was;
    }

    /// <summary>Why a plain write of a report or an observation is refused; null where it may be.</summary>
    /// <param name="key">Its type and id.</param>
    /// <param name="before">What is stored; null where nothing is.</param>
    /// <param name="after">What is to be; null for a deletion.</param>
    public static Issue? RefusePlain(string key, JsonObject? before, JsonObject? after)
    {
        var order = before is null ? null : OrderOf(before);
        return order is not null ? new Issue("business-rule", $"{key} is {Status(before)} as a result of ServiceRequest/{order}: $result changes it.", $"{key.Split('/')[0]}.status")
            : before is not null && after is not null && OrderOf(after) is not null ? new Issue("business-rule", $"Only $result makes {key} a result of an order.", $"{key.Split('/')[0]}.extension")
            : null;
    }

    private static string Follow(string report, string was) => report switch
    {
        "registered" or "cancelled" or "entered-in-error" => report,
        "partial" or "preliminary" => "preliminary",
        "amended" or "corrected" when was.Length > 0 => report,
        "appended" when was.Length > 0 => "amended",
        _ => "final",
    };

    /// <summary>Ties a resource to its order and the order's patient.</summary>
    private static Issue? Belong(JsonObject resource, JsonObject order, string orderId, string type)
    {
        var patient = BedJson.Text(order["subject"]?["reference"]);
        if (resource["subject"] is { } subject && BedJson.Text(subject["reference"]) != patient)
        {
            return new Issue("business-rule", $"The {type} is another patient's than the order.", $"{type}.subject");
        }

        if (patient is not null)
        {
            resource["subject"] = OrderRules.Reference(patient);
        }

        if (order["encounter"] is { } encounter)
        {
            resource["encounter"] ??= encounter.DeepClone();
        }

        if (resource["basedOn"] is not JsonArray orders)
        {
            resource["basedOn"] = orders = [];
        }

        if (!orders.Any(one => BedJson.IdOf(one, "ServiceRequest") == orderId))
        {
            orders.Add(OrderRules.Reference($"ServiceRequest/{orderId}"));
        }

        if (resource["extension"] is not JsonArray extensions)
        {
            resource["extension"] = extensions = [];
        }

        foreach (var other in extensions.OfType<JsonObject>().Where(extension => BedJson.Text(extension["url"]) == Order).ToList())
        {
            extensions.Remove(other);
        }

        extensions.Add(new JsonObject { ["url"] = Order, ["valueReference"] = OrderRules.Reference($"ServiceRequest/{orderId}") });
        return null;
    }
}
