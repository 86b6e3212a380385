using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Bulk;

/// <summary>What came of a bulk load.</summary>
/// <param name="Created">Lines that made a resource.</param>
/// <param name="Updated">Lines that made a further version.</param>
/// <param name="Unchanged">Lines whose content was stored already.</param>
/// <param name="Refused">Lines that were not stored.</param>
/// <param name="Lines">The lines that were refused, and those stored with a warning; counted from 1.</param>
internal sealed record BulkLoadReply(int Created, int Updated, int Unchanged, int Refused, IReadOnlyList<BulkLine> Lines);

/// <summary>A line that something is to be said about.</summary>
internal sealed record BulkLine(int Line, bool Refused, IReadOnlyList<Issue> Issues);

/// <summary>Stores NDJSON lines, each for itself; the silo's committer groups them.</summary>
internal sealed class BulkLoader(ResourceReader reader, IRecordStores stores, ClusterCalls cluster, BulkReferences references)
{
    private const int InFlight = 128;

    /// <summary>Stores the lines.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="ndjson">The lines.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="allows">Whether the caller may write resources of a type.</param>
    /// <param name="cancel">Ends the load; what is stored stays.</param>
    public async Task<BulkLoadReply> LoadAsync(TenantId tenant, ReadOnlyMemory<byte> ndjson, Caller caller, Func<string, bool> allows, CancellationToken cancel)
    {
        var store = (await stores.ForAsync(tenant, cancel))!;
        var lines = Lines(ndjson).ToList();
        var resolved = await references.ResolveAsync(tenant, store, lines.SelectMany(line => ReferenceScanner.Scan(line.Json.Span)), cancel);
        var prepared = new List<(int Line, PreparedResource Resource, int Bytes)>(lines.Count);
        var outcomes = new List<BulkLine>();
        foreach (var line in lines)
        {
            var read = Read(line.Json, allows, resolved.Found);
            var issues = read.Issues.Where(issue => issue.Severity is "error" or "fatal").ToList();
            if (read.Resource is null)
            {
                outcomes.Add(new BulkLine(line.Number, Refused: true, issues));
                continue;
            }

            prepared.Add((line.Number, read.Resource, line.Json.Length));
            var unresolved = ReferenceScanner.Scan(line.Json.Span).Where(reference => !resolved.Found.ContainsKey(reference))
                .Select(reference => new Issue("not-found", $"A reference stays as it is: {reference.Split('|')[0]} matches {(resolved.Several.Contains(reference) ? "several resources" : "none")}.", Severity: "warning")).ToList();
            if (unresolved.Count > 0)
            {
                outcomes.Add(new BulkLine(line.Number, Refused: false, unresolved));
            }
        }

        var (created, updated, unchanged, refused) = await StoreAsync(tenant, store, prepared, caller, cancel);
        outcomes.AddRange(refused);
        return new BulkLoadReply(created, updated, unchanged, outcomes.Count(line => line.Refused), [.. outcomes.OrderBy(line => line.Line)]);
    }

    private ReadResult Read(ReadOnlyMemory<byte> json, Func<string, bool> allows, IReadOnlyDictionary<string, string> resolved)
    {
        var (type, id) = Key(json.Span);
        return type is null ? Refuse("structure", "The line is not a FHIR resource: it has no resourceType.")
            : !FhirTypes.IsResourceType(type) ? Refuse("not-supported", "There is no such resource type.")
            : !allows(type) ? Refuse("forbidden", $"The token's scopes do not grant create and update on {type}.")
            : !ResourceKey.IsId(id) ? Refuse("required", "The resource needs an id, so that loading it again finds it.", $"{type}.id")
            : reader.Read(json, new ReadOptions { Type = type, Id = id, IdMustMatch = true, References = resolved });
    }

    private async Task<(int Created, int Updated, int Unchanged, List<BulkLine> Refused)> StoreAsync(
        TenantId tenant, IRecordStore store, List<(int Line, PreparedResource Resource, int Bytes)> prepared, Caller caller, CancellationToken cancel)
    {
        var existing = (await store.ReadManyAsync(tenant, [.. prepared.Select(line => new ResourceId(line.Resource.Type, line.Resource.Id))], cancel))
            .ToDictionary(stored => (stored.Type, stored.Id));
        int created = 0, updated = 0, unchanged = 0;
        var refused = new List<BulkLine>();

        // One resource on two lines: the later line has to come after the earlier one.
        foreach (var round in Rounds(prepared))
        {
            await Parallel.ForEachAsync(round, new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancel }, async (line, token) =>
            {
                var current = existing.GetValueOrDefault((line.Resource.Type, line.Resource.Id));
                if (current is not null && line.Resource.Stamp(current.Version, current.LastUpdated).AsSpan().SequenceEqual(current.Body))
                {
                    Interlocked.Increment(ref unchanged);
                    return;
                }

                var reply = await WriteAsync(tenant, line.Resource, current is not null, caller, line.Bytes, token);
                switch (reply.Status)
                {
                    case WriteStatus.Created:
                        Interlocked.Increment(ref created);
                        break;
                    case WriteStatus.Updated:
                        Interlocked.Increment(ref updated);
                        break;
                    default:
                        lock (refused)
                        {
                            refused.Add(new BulkLine(line.Line, Refused: true, reply.Issues));
                        }

                        break;
                }
            });
        }

        return (created, updated, unchanged, refused);
    }

    private async Task<WriteReply> WriteAsync(TenantId tenant, PreparedResource resource, bool exists, Caller caller, int bytes, CancellationToken cancel)
    {
        var command = new WriteCommand
        {
            Kind = exists ? WriteKind.Update : WriteKind.Create,
            Resource = resource,
            Caller = caller,
            CommandId = Guid.CreateVersion7(),
            BytesIn = bytes,
        };
        if (!exists && await cluster.CreateAsync(tenant, command, cancel) is { Status: not WriteStatus.VersionConflict } made)
        {
            return made;
        }

        // It was there once, or another line was faster.
        return await cluster.WriteAsync(new ResourceKey(tenant, resource.Type, resource.Id), command with { Kind = WriteKind.Update }, cancel);
    }

    private static List<List<(int Line, PreparedResource Resource, int Bytes)>> Rounds(List<(int Line, PreparedResource Resource, int Bytes)> prepared)
    {
        var rounds = new List<List<(int, PreparedResource, int)>>();
        var seen = new Dictionary<(string, string), int>();
        foreach (var line in prepared)
        {
            var key = (line.Resource.Type, line.Resource.Id);
            var round = seen.GetValueOrDefault(key);
            seen[key] = round + 1;
            if (rounds.Count == round)
            {
                rounds.Add([]);
            }

            rounds[round].Add(line);
        }

        return rounds;
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Json)> Lines(ReadOnlyMemory<byte> ndjson)
    {
        for (var number = 1; !ndjson.IsEmpty; number++)
        {
            var end = ndjson.Span.IndexOf((byte)'\n');
            var line = end < 0 ? ndjson : ndjson[..end];
            ndjson = end < 0 ? default : ndjson[(end + 1)..];
            if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                yield return (number, line);
            }
        }
    }

    /// <summary>The type and id of a resource, without reading the rest of it where they come first.</summary>
    private static (string? Type, string? Id) Key(ReadOnlySpan<byte> json)
    {
        string? type = null, id = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256 });
        try
        {
            while ((type is null || id is null) && reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                var isType = reader.ValueTextEquals("resourceType"u8);
                var isId = reader.ValueTextEquals("id"u8);
                if (!reader.Read())
                {
                    break;
                }

                if (reader.TokenType == JsonTokenType.String && (isType || isId))
                {
                    (type, id) = isType ? (reader.GetString(), id) : (type, reader.GetString());
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Where a type was found the reader reports the fault with its place.
        }

        return (type, id);
    }

    private static ReadResult Refuse(string code, string details, string? expression = null) => new(null, [new Issue(code, details, expression)]);
}
