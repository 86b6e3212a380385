using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>Makes the message that tells a subscriber of a change.</summary>
internal sealed class ChangeTeller(Hl7SubscriberOptions subscriber, TenantId tenant)
{
    /// <summary>The types whose changes are told of.</summary>
    public static IReadOnlyList<string> Types { get; } = ["Patient", "Encounter"];

    private readonly AdtMessage _writer = new(subscriber);

    /// <summary>The message; null where the subscriber does not need to be told.</summary>
    public async Task<Outgoing?> TellAsync(IRecordStore store, Change change, CancellationToken cancel)
    {
        var stored = change.Stored;
        if (stored.Deleted || (subscriber.Sender.Length > 0 && change.Agent == $"hl7:{subscriber.Sender}"))
        {
            return null;
        }

        var before = stored.Version == 1 ? null : await store.ReadVersionAsync(new ResourceKey(tenant, stored.Type, stored.Id), stored.Version - 1, cancel);
        var after = Json(stored);
        if (AdtEvents.Of(stored.Type, before is { Deleted: false } ? Json(before) : null, after) is not { } code || (subscriber.Events.Count > 0 && !subscriber.Events.Contains(code)))
        {
            return null;
        }

        var controlId = change.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var content = stored.Type == "Patient"
            ? await OfPatientAsync(store, code, controlId, stored, after, cancel)
            : await OfEncounterAsync(store, code, controlId, stored, after, cancel);
        return content is null ? null : new Outgoing(code, controlId, content.Patient["id"] is { } id ? $"Patient/{id}" : null, _writer.Write(content));
    }

    private async Task<AdtContent?> OfPatientAsync(IRecordStore store, string code, string controlId, StoredVersion stored, JsonObject after, CancellationToken cancel)
    {
        if (code != "A40")
        {
            return new AdtContent(code, controlId, stored.LastUpdated, after);
        }

        var target = (await ReadAsync(store, [$"Patient/{PatientLinks.ReplacementOf(after)}"], cancel)).Values.FirstOrDefault();
        return target is null ? null : new AdtContent(code, controlId, stored.LastUpdated, target) { Merged = after };
    }

    private async Task<AdtContent?> OfEncounterAsync(IRecordStore store, string code, string controlId, StoredVersion stored, JsonObject encounter, CancellationToken cancel)
    {
        var subject = encounter["subject"]?["reference"]?.ToString();
        var entries = (encounter["location"] as JsonArray ?? []).OfType<JsonObject>().TakeLast(2).Select(entry => entry["location"]?["reference"]?.ToString());
        var people = (encounter["participant"] as JsonArray ?? []).OfType<JsonObject>().Select(person => person["individual"]?["reference"]?.ToString());
        var found = await ReadAsync(store, [subject, .. entries, .. people], cancel);
        if (subject is null || !found.TryGetValue(subject, out var patient))
        {
            return null;
        }

        var places = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (reference, place) in found.Where(pair => pair.Key.StartsWith("Location/", StringComparison.Ordinal)))
        {
            places[reference] = await NamesAsync(store, place, cancel);
        }

        return new AdtContent(code, controlId, stored.LastUpdated, patient)
        {
            Encounter = encounter,
            Places = places,
            People = found.Where(pair => pair.Key.StartsWith("Practitioner/", StringComparison.Ordinal)).ToDictionary(),
        };
    }

    /// <summary>Point of care, room and bed: as HL7 named the place, or else by the names of what it is part of.</summary>
    private async Task<string[]> NamesAsync(IRecordStore store, JsonObject place, CancellationToken cancel)
    {
        if ((place["identifier"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(identifier => identifier["system"]?.ToString() == PlaceMap.System)?["value"]?.ToString() is { } known)
        {
            return known.Split('|');
        }

        string[] names = ["", "", ""];
        for (var (at, depth) = (place, 0); at is not null && depth < 4; depth++)
        {
            var level = at["physicalType"]?["coding"]?[0]?["code"]?.ToString() switch { "bd" => 2, "ro" => 1, _ => 0 };
            if (names[level].Length == 0)
            {
                names[level] = at["name"]?.ToString() ?? at["id"]!.ToString();
            }

            at = level == 0 ? null : (await ReadAsync(store, [at["partOf"]?["reference"]?.ToString()], cancel)).Values.FirstOrDefault();
        }

        return names;
    }

    private async Task<Dictionary<string, JsonObject>> ReadAsync(IRecordStore store, IEnumerable<string?> references, CancellationToken cancel)
    {
        var ids = references.OfType<string>().Distinct(StringComparer.Ordinal).Select(reference => reference.Split('/')).Where(static parts => parts.Length == 2 && ResourceKey.IsId(parts[1]))
            .Select(parts => new ResourceId(parts[0], parts[1])).ToList();
        return (await store.ReadManyAsync(tenant, ids, cancel)).ToDictionary(stored => $"{stored.Type}/{stored.Id}", Json, StringComparer.Ordinal);
    }

    private static JsonObject Json(StoredVersion stored) => JsonNode.Parse(stored.Body)!.AsObject();
}

/// <summary>A message to a subscriber.</summary>
/// <param name="Event">The event, <c>A01</c>.</param>
/// <param name="ControlId">MSH-10: the place of the change in the record, the same however often it is sent.</param>
/// <param name="Patient">The patient, <c>Patient/…</c>.</param>
/// <param name="Text">The message.</param>
internal sealed record Outgoing(string Event, string ControlId, string? Patient, string Text);
