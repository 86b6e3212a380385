using System.Net.Http.Headers;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Import;

/// <summary>A resource that was refused, or kept with a warning.</summary>
/// <param name="Source">The file.</param>
/// <param name="Number">The line or entry, from 1.</param>
/// <param name="IsRefused">Whether it was not stored.</param>
/// <param name="Reason">Why, element by element.</param>
internal sealed record ImportRemark(string Source, int Number, bool IsRefused, string Reason);

/// <summary>What an import has done so far.</summary>
internal sealed class ImportProgress
{
    private readonly Lock _lock = new();

    public int Created { get; private set; }

    public int Updated { get; private set; }

    public int Unchanged { get; private set; }

    public int Refused { get; private set; }

    /// <summary>What an earlier, stopped import had done.</summary>
    public int Resumed { get; set; }

    /// <summary>Refusals and warnings.</summary>
    public List<ImportRemark> Remarks { get; } = [];

    /// <summary>Resources dealt with.</summary>
    public int Done => Created + Updated + Unchanged + Refused;

    public void Add(int created, int updated, int unchanged, int refused, IEnumerable<ImportRemark> remarks)
    {
        lock (_lock)
        {
            Created += created;
            Updated += updated;
            Unchanged += unchanged;
            Refused += refused;
            Remarks.AddRange(remarks);
        }
    }
}

/// <summary>Sends files to a server in parts, several at a time, and keeps what has been acknowledged.</summary>
internal sealed class Importer(ApiClient client, string tenant, ImportJournal journal, int parallel)
{
    private const int PartUnits = 500;
    private const int PartBytes = 2 << 20;

    /// <summary>Imports the files; each round of types is complete before the next begins.</summary>
    /// <exception cref="ClientException">The server refused a part as a whole, or is gone.</exception>
    public async Task RunAsync(IReadOnlyList<ImportSource> sources, ImportProgress progress, CancellationToken cancel)
    {
        for (var round = 0; round < ImportOrder.Rounds; round++)
        {
            foreach (var source in sources)
            {
                await SendAsync(source, round, progress, cancel);
            }
        }

        journal.Finish(sources);
    }

    private async Task SendAsync(ImportSource source, int round, ImportProgress progress, CancellationToken cancel)
    {
        var skip = journal.Done(source, round);
        progress.Resumed += skip;
        var acknowledged = new SortedDictionary<int, int>();
        var done = skip;
        var units = source.Units().Where(unit => ImportOrder.RoundOf(unit.Type) == round).Skip(skip);
        await Parallel.ForEachAsync(Parts(units, skip), new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancel }, async (part, token) =>
        {
            await SendAsync(source, part.Units, progress, token);
            lock (acknowledged)
            {
                // Only what is acknowledged without a gap can be skipped by the next import.
                acknowledged.Add(part.Start, part.Units.Count);
                while (acknowledged.Remove(done, out var count))
                {
                    done += count;
                }

                journal.Keep(source, round, done);
            }
        });
    }

    private async Task SendAsync(ImportSource source, List<ImportUnit> units, ImportProgress progress, CancellationToken cancel)
    {
        using var body = new MemoryStream(units.Sum(unit => unit.Json.Length + 1));
        foreach (var unit in units)
        {
            body.Write(unit.Json.Span);
            body.WriteByte((byte)'\n');
        }

        using var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+ndjson");
        var reply = await client.SendPatientlyAsync(HttpMethod.Post, client.IsOperator ? $"/admin/tenants/{tenant}/bulk-load" : $"/fhir/{tenant}/$bulk-load", content, cancel);
        progress.Add(
            reply.GetProperty("created").GetInt32(), reply.GetProperty("updated").GetInt32(),
            reply.GetProperty("unchanged").GetInt32(), reply.GetProperty("refused").GetInt32(),
            reply.GetProperty("lines").EnumerateArray().Select(line => new ImportRemark(
                source.Path,
                units[line.GetProperty("line").GetInt32() - 1].Number,
                line.GetProperty("refused").GetBoolean(),
                string.Join("; ", line.GetProperty("issues").EnumerateArray().Select(issue =>
                    issue.GetProperty("expression").GetString() is { } expression ? $"{expression}: {issue.GetProperty("details").GetString()}" : issue.GetProperty("details").GetString())))));
    }

    private static IEnumerable<(int Start, List<ImportUnit> Units)> Parts(IEnumerable<ImportUnit> units, int start)
    {
        var part = new List<ImportUnit>();
        var bytes = 0;
        foreach (var unit in units)
        {
            if (part.Count > 0 && (part.Count == PartUnits || bytes + unit.Json.Length > PartBytes))
            {
                yield return (start, part);
                start += part.Count;
                part = [];
                bytes = 0;
            }

            part.Add(unit);
            bytes += unit.Json.Length;
        }

        if (part.Count > 0)
        {
            yield return (start, part);
        }
    }
}
