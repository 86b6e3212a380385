using System.Globalization;
using System.Text.Json.Nodes;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Grains.Patients;

/// <summary>What a merge does to the resources that it touches, as pure functions over their JSON.</summary>
internal static class MergeRules
{
    /// <summary>The extension of a link that says by which Provenance a merge can be undone.</summary>
    public const string Merge = "urn:medorleans:merge";

    private const string Patient = "Patient";
    private const string Replaces = "replaces";
    private const string Lifecycle = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";

    // Links keep the chain of who was merged into whom; the others say what was done at their time.
    private static readonly string[] s_kept = [Patient, "Provenance", "AuditEvent"];

    /// <summary>Whether a merge moves the references of a type.</summary>
    public static bool IsMoved(string type) => !s_kept.Contains(type);

    /// <summary>The id of the Provenance that a merge was recorded in; null where the patient was not merged here.</summary>
    public static string? RecordOf(JsonObject patient) => PatientLinks.Replacement(patient) is { } link && BedJson.Find(link, Merge) is { } extension
        ? BedJson.IdOf(extension["valueReference"], "Provenance") : null;

    /// <summary>Why these two ids are no merge; null where they may be one.</summary>
    public static Issue? RefuseSelf(string sourceId, string targetId) => sourceId == targetId ? Forbidden("A patient cannot be merged with itself.", "source-patient") : null;

    /// <summary>Why one patient cannot be merged into another; null where it can.</summary>
    public static Issue? RefuseMerge(JsonObject source, string sourceId, JsonObject target, string targetId) =>
        PatientLinks.ReplacementOf(target) is { } next ? Forbidden($"Patient/{targetId} was itself merged into Patient/{next}: nothing can be merged into it.", "target-patient")
        : PatientLinks.ReplacementOf(source) is { } other && other != targetId ? Forbidden($"Patient/{sourceId} was merged into Patient/{other} already.", "source-patient")
        : null;

    /// <summary>Why a patient cannot come back; null where they can.</summary>
    /// <param name="source">The patient who was merged.</param>
    /// <param name="sourceId">Their id.</param>
    /// <param name="target">Who took their place; null where that one is gone.</param>
    public static Issue? RefuseUnmerge(JsonObject source, string sourceId, JsonObject? target) =>
        PatientLinks.ReplacementOf(source) is not { } targetId ? Forbidden($"Patient/{sourceId} was not merged into another.", "Patient.link")
        : RecordOf(source) is null ? Forbidden($"Patient/{sourceId} was not merged by $merge: what was moved then is not known.", "Patient.link")
        : target is null ? Forbidden($"Patient/{targetId} is not there any more.", "Patient.link")
        : PatientLinks.ReplacementOf(target) is { } next ? Forbidden($"Patient/{targetId} was itself merged into Patient/{next}: that has to be undone first.", "Patient.link")
        : null;

    /// <summary>Why a plain write of a patient may not be: it would forget by whom they were replaced.</summary>
    public static Issue? RefusePlain(string id, JsonObject? before, JsonObject? after) =>
        before is null || after is null || RecordOf(before) is not { } record || (RecordOf(after) == record && PatientLinks.ReplacementOf(after) == PatientLinks.ReplacementOf(before)) ? null
        : Forbidden($"Patient/{id} was merged into Patient/{PatientLinks.ReplacementOf(before)}: write there, or undo it by $unmerge.", "Patient.link");

    /// <summary>Makes one patient the replacement of another.</summary>
    public static void Join(JsonObject source, string sourceId, JsonObject target, string targetId, string record)
    {
        source["active"] = false;
        var links = Without(source, link => BedJson.Text(link["type"]) == PatientLinks.ReplacedBy);
        links.Add(new JsonObject
        {
            ["extension"] = new JsonArray(new JsonObject { ["url"] = Merge, ["valueReference"] = Reference($"Provenance/{record}") }),
            ["other"] = Reference($"{Patient}/{targetId}"),
            ["type"] = PatientLinks.ReplacedBy,
        });
        source["link"] = links;

        links = Without(target, link => IsReplaces(link, sourceId));
        links.Add(new JsonObject { ["other"] = Reference($"{Patient}/{sourceId}"), ["type"] = Replaces });
        target["link"] = links;

        // Whoever still uses the old number finds the patient by it.
        var identifiers = (target["identifier"] as JsonArray ?? []).Select(identifier => identifier!.DeepClone().AsObject()).ToList();
        foreach (var identifier in Objects(source["identifier"]).Where(identifier => !identifiers.Any(other => IsSame(identifier, other))).ToList())
        {
            var old = identifier.DeepClone().AsObject();
            old["use"] = "old";
            identifiers.Add(old);
        }

        if (identifiers.Count > 0)
        {
            target["identifier"] = new JsonArray([.. identifiers]);
        }
    }

    /// <summary>Parts two patients again.</summary>
    /// <param name="source">The one that comes back.</param>
    /// <param name="sourceId">Their id.</param>
    /// <param name="sourceBefore">As they were before the merge; null where that is not known.</param>
    /// <param name="target">The one that stays.</param>
    /// <param name="targetBefore">As they were before the merge; null where that is not known.</param>
    /// <param name="targetAfter">As they were after it; null where that is not known.</param>
    public static void Part(JsonObject source, string sourceId, JsonObject? sourceBefore, JsonObject target, JsonObject? targetBefore, JsonObject? targetAfter)
    {
        SetLinks(source, Without(source, link => BedJson.Text(link["type"]) == PatientLinks.ReplacedBy));
        if (sourceBefore?["active"] is { } active)
        {
            source["active"] = active.DeepClone();
        }
        else
        {
            source.Remove("active");
        }

        SetLinks(target, Without(target, link => IsReplaces(link, sourceId)));
        var brought = Objects(targetAfter?["identifier"]).Where(identifier => !Objects(targetBefore?["identifier"]).Any(other => JsonNode.DeepEquals(identifier, other))).ToList();
        var kept = Objects(target["identifier"]).Where(identifier => !brought.Exists(other => JsonNode.DeepEquals(identifier, other))).Select(identifier => identifier.DeepClone()).ToArray();
        if (kept.Length > 0)
        {
            target["identifier"] = new JsonArray(kept);
        }
        else
        {
            target.Remove("identifier");
        }
    }

    /// <summary>Turns every reference to one patient into one to another, wherever it stands.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool Redirect(JsonNode? node, string fromId, string toId)
    {
        var found = false;
        switch (node)
        {
            case JsonObject json:
                if (IsTo(json["reference"], fromId))
                {
                    json["reference"] = $"{Patient}/{toId}";
                    found = true;
                }

                foreach (var (_, value) in json)
                {
                    found |= Redirect(value, fromId, toId);
                }

                break;
            case JsonArray array:
                foreach (var value in array)
                {
                    found |= Redirect(value, fromId, toId);
                }

                break;
        }

        return found;
    }

    /// <summary>Turns the references that a merge moved back: by their place, and where the resource did not refer to the other patient before, all of them.</summary>
    /// <param name="now">The resource, changed in place.</param>
    /// <param name="before">As it was before the merge.</param>
    /// <param name="sourceId">The patient that comes back.</param>
    /// <param name="targetId">The patient that stays.</param>
    /// <returns>Whether anything was turned back.</returns>
    public static bool TurnBack(JsonObject now, JsonObject before, string sourceId, string targetId)
    {
        var found = TurnBackByPlace(now, before, sourceId, targetId);
        return (!Mentions(before, targetId) && Redirect(now, targetId, sourceId)) || found;
    }

    /// <summary>The Provenance of a merge, or of one that is undone.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="activity">merge or unmerge.</param>
    /// <param name="sourceId">The patient that is given up, or comes back.</param>
    /// <param name="agent">Whose work it is.</param>
    /// <param name="now">The time now.</param>
    public static JsonObject Provenance(string id, string activity, string sourceId, string agent, DateTimeOffset now) => new()
    {
        ["resourceType"] = "Provenance",
        ["id"] = id,
        ["target"] = new JsonArray(),
        ["recorded"] = BedJson.Time(now),
        ["activity"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = Lifecycle, ["code"] = activity }) },
        ["agent"] = new JsonArray(new JsonObject { ["who"] = new JsonObject { ["display"] = agent } }),
        ["entity"] = new JsonArray(new JsonObject { ["role"] = "source", ["what"] = Reference($"{Patient}/{sourceId}") }),
    };

    /// <summary>Notes the version of a resource that the merge makes.</summary>
    public static void Record(JsonObject provenance, ResourceId id, long version) =>
        ((JsonArray)provenance["target"]!).Add(Reference(string.Create(CultureInfo.InvariantCulture, $"{id.Type}/{id.Id}/_history/{version}")));

    /// <summary>The versions that a merge made, in order.</summary>
    public static IReadOnlyList<(ResourceId Id, long Version)> Recorded(JsonObject provenance)
    {
        var versions = new List<(ResourceId, long)>();
        foreach (var target in Objects(provenance["target"]))
        {
            if (BedJson.Text(target["reference"])?.Split('/') is [var type, var id, "_history", var text] && ResourceKey.IsId(id) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version))
            {
                versions.Add((new ResourceId(type, id), version));
            }
        }

        return versions;
    }

    private static bool TurnBackByPlace(JsonNode? now, JsonNode? before, string sourceId, string targetId)
    {
        var found = false;
        switch (now, before)
        {
            case (JsonObject json, JsonObject was):
                if (IsTo(json["reference"], targetId) && IsTo(was["reference"], sourceId))
                {
                    json["reference"] = was["reference"]!.DeepClone();
                    found = true;
                }

                foreach (var (name, value) in json)
                {
                    found |= TurnBackByPlace(value, was[name], sourceId, targetId);
                }

                break;
            case (JsonArray array, JsonArray was):
                for (var i = 0; i < array.Count && i < was.Count; i++)
                {
                    found |= TurnBackByPlace(array[i], was[i], sourceId, targetId);
                }

                break;
        }

        return found;
    }

    private static bool Mentions(JsonNode? node, string id) => node switch
    {
        JsonObject json => IsTo(json["reference"], id) || json.Any(member => Mentions(member.Value, id)),
        JsonArray array => array.Any(value => Mentions(value, id)),
        _ => false,
    };

    private static bool IsTo(JsonNode? reference, string id) =>
        BedJson.Text(reference) is { } text && text.StartsWith(Patient + "/", StringComparison.Ordinal) && text.AsSpan(Patient.Length + 1).StartsWith(id, StringComparison.Ordinal)
        && text.AsSpan(Patient.Length + 1 + id.Length) is var rest && (rest.IsEmpty || rest.StartsWith("/_history/", StringComparison.Ordinal));

    private static bool IsReplaces(JsonObject link, string sourceId) => BedJson.Text(link["type"]) == Replaces && BedJson.IdOf(link["other"], Patient) == sourceId;

    private static bool IsSame(JsonObject identifier, JsonObject other) =>
        BedJson.Text(identifier["system"]) == BedJson.Text(other["system"]) && BedJson.Text(identifier["value"]) == BedJson.Text(other["value"]);

    private static JsonArray Without(JsonObject patient, Func<JsonObject, bool> which) => [.. Objects(patient["link"]).Where(link => !which(link)).Select(link => link.DeepClone())];

    private static void SetLinks(JsonObject patient, JsonArray links)
    {
        if (links.Count > 0)
        {
            patient["link"] = links;
        }
        else
        {
            patient.Remove("link");
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? array) => (array as JsonArray ?? []).OfType<JsonObject>();

    private static JsonObject Reference(string reference) => new() { ["reference"] = reference };

    private static Issue Forbidden(string details, string expression) => new("business-rule", details, expression);
}
