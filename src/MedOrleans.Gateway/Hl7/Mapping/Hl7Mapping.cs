using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Record.Identity;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>
/// One message on its way to FHIR: finds what is there, and plans what shall be. Ids of what is new follow from the hospital and the identifiers, so that two messages
/// that make the same thing at once make one.
/// </summary>
internal sealed class Hl7Mapping(TenantId tenant, Hl7Message message, Hl7Types types, IHl7Record record, Func<int, Guid> commandId, DateTimeOffset now, CancellationToken cancel)
{
    // What a sender's clock may be ahead.
    private static readonly TimeSpan s_ahead = TimeSpan.FromMinutes(10);

    private int _steps;

    /// <summary>The message.</summary>
    public Hl7Message Message => message;

    /// <summary>The data types as the sender writes them.</summary>
    public Hl7Types Types => types;

    /// <summary>What comes of it.</summary>
    public Hl7Plan Plan { get; } = new();

    /// <summary>Ends it.</summary>
    public CancellationToken Cancel => cancel;

    /// <summary>The id of the next step's command: the same for the same message.</summary>
    public Guid NextCommand() => commandId(++_steps);

    /// <summary>The id of a resource that is new: the same for the same key.</summary>
    public string IdOf(string type, params string[] key) => Named(string.Join('\n', [tenant.Value, type, .. key])).ToString("D");

    /// <summary>A UUID that follows from a name (RFC 9562, version 8).</summary>
    public static Guid Named(string name)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>When what the message tells of took place: EVN-6, EVN-2, or what is given first. A sender's clock may be some minutes ahead.</summary>
    /// <exception cref="Hl7Exception">It is no time, or lies in the future.</exception>
    public DateTimeOffset? OccurredAt(Hl7Segment? first = null, int field = 0)
    {
        var evn = message.Find("EVN");
        foreach (var (segment, number) in new[] { (first, field), (evn, 6), (evn, 2) })
        {
            if (segment is not null && number > 0 && types.Time(segment, number) is { Digits: > 8 } time)
            {
                return time.Moment <= now ? time.Moment
                    : time.Moment <= now + s_ahead ? null
                    : throw new Hl7Exception(Hl7Condition.DataTypeError, "The event would lie in the future.", segment.At(number));
            }
        }

        return null;
    }

    /// <summary>Finds the one resource that has one of these identifiers; the first of them counts most.</summary>
    /// <exception cref="Hl7Exception">Several have.</exception>
    public async Task<KnownResource?> FindAsync(string type, IReadOnlyList<(string System, string Value)> identifiers, Hl7Location where)
    {
        if (identifiers.Count == 0)
        {
            return null;
        }

        var found = (await record.FindAsync(type, identifiers, cancel)).DistinctBy(known => known.Id).ToList();
        if (type == "Patient" && found.Count > 1)
        {
            // Who was merged is found as the one that stays, which has all the numbers.
            found.RemoveAll(known => PatientLinks.ReplacementOf(known.Json) is { } next && found.Exists(other => other.Id == next));
        }

        if (found.Count > 1)
        {
            foreach (var (system, value) in identifiers)
            {
                var having = found.Where(known => Identifiers(known.Json).Contains((system, value))).ToList();
                if (having.Count > 0)
                {
                    found = having;
                    break;
                }
            }
        }

        return found.Count <= 1 ? found.FirstOrDefault()
            : throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, $"Several {type} resources have this identifier.", where);
    }

    /// <summary>The resources of these ids that are there.</summary>
    public Task<IReadOnlyList<(string Type, KnownResource Resource)>> ReadAsync(IReadOnlyList<(string Type, string Id)> ids) => record.ReadAsync(ids, cancel);

    /// <summary>Plans that a resource says what the message does: its members take the place of those that are there, a null takes them away, identifiers are added.</summary>
    /// <param name="type">The type.</param>
    /// <param name="id">The id.</param>
    /// <param name="known">What is there; null where nothing is.</param>
    /// <param name="said">What the message says.</param>
    /// <param name="after">Whether it comes after the steps.</param>
    /// <returns>What it shall be.</returns>
    public JsonObject Put(string type, string id, KnownResource? known, JsonObject said, bool after = false)
    {
        var json = known is null ? new JsonObject { ["resourceType"] = type, ["id"] = id } : known.Json.DeepClone().AsObject();
        (json["meta"] as JsonObject)?.Remove("versionId");
        (json["meta"] as JsonObject)?.Remove("lastUpdated");
        if (json["meta"] is JsonObject { Count: 0 })
        {
            json.Remove("meta");
        }

        var before = known is null ? null : json.DeepClone();
        foreach (var (name, value) in said)
        {
            if (value is null)
            {
                json.Remove(name);
            }
            else if (name == "identifier" && json["identifier"] is JsonArray there)
            {
                Join(there, (JsonArray)value);
            }
            else
            {
                json[name] = value.DeepClone();
            }
        }

        if (before is null || !JsonNode.DeepEquals(before, json))
        {
            var plan = after ? Plan.After : Plan.Before;
            plan.RemoveAll(write => write.Type == type && write.Id == id);
            plan.Add(new PlannedWrite(type, id, json, known?.Version));
        }

        Became(type, id);
        return json;
    }

    /// <summary>Notes that the message became, changed or confirmed a resource.</summary>
    public void Became(string type, string id)
    {
        var reference = $"{type}/{id}";
        if (!Plan.Became.Contains(reference))
        {
            Plan.Became.Add(reference);
        }
    }

    /// <summary>Plans resources whose ids follow from the message alone; what is there of them is read in one go.</summary>
    /// <param name="resources">Types, ids, and what the message says.</param>
    public async Task PutAllAsync(IReadOnlyList<(string Type, string Id, JsonObject Said)> resources)
    {
        if (resources.Count == 0)
        {
            return;
        }

        var known = (await ReadAsync([.. resources.Select(resource => (resource.Type, resource.Id)).Distinct()])).ToDictionary(pair => (pair.Type, pair.Resource.Id), pair => pair.Resource);
        foreach (var (type, id, said) in resources)
        {
            Put(type, id, known.GetValueOrDefault((type, id)), said, after: true);
        }
    }

    /// <summary>A reference.</summary>
    public static JsonObject Reference(string type, string id) => new() { ["reference"] = $"{type}/{id}" };

    /// <summary>The identifiers of a resource.</summary>
    public static IEnumerable<(string System, string Value)> Identifiers(JsonObject json) => (json["identifier"] as JsonArray ?? []).OfType<JsonObject>()
        .Select(identifier => (System: identifier["system"]?.ToString() ?? "", Value: identifier["value"]?.ToString() ?? ""))
        .Where(identifier => identifier.Value.Length > 0);

    private static void Join(JsonArray there, JsonArray said)
    {
        foreach (var identifier in said.OfType<JsonObject>())
        {
            var same = there.OfType<JsonObject>().FirstOrDefault(other => other["system"]?.ToString() == identifier["system"]?.ToString() && other["value"]?.ToString() == identifier["value"]?.ToString());
            if (same is null)
            {
                there.Add(identifier.DeepClone());
            }
            else if (!JsonNode.DeepEquals(same, identifier))
            {
                there[there.IndexOf(same)] = identifier.DeepClone();
            }
        }
    }
}
