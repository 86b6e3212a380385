using MedOrleans.Cluster;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>A transaction Bundle: all of it is committed as one, or nothing is.</summary>
internal sealed class TransactionInteraction(
    ClusterCalls cluster,
    ResourceReader reader,
    Criteria criteria,
    ReferenceResolver resolver,
    EntryInteractions entries,
    IOptions<FhirOptions> options)
{
    // Reading is work for the processor: more at once would only keep other requests waiting.
    private const int ReadParallelism = 2;

    private readonly FhirOptions _options = options.Value;

    /// <summary>Runs a transaction.</summary>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, IReadOnlyList<BundleEntry> bundle, int bytesIn)
    {
        var plan = new TransactionPlan(call, criteria, _options.BatchParallelism);
        var refusal = await plan.MakeAsync(bundle)
            ?? await plan.ResolveAsync(resolver, Scan(plan.Entries))
            ?? await PrepareAsync(call, plan);
        if (refusal is not null)
        {
            return refusal;
        }

        var results = new FhirResult[bundle.Count];
        foreach (var entry in plan.Entries.Where(entry => entry.Decided is not null))
        {
            results[entry.Entry.Index] = entry.Decided!;
        }

        refusal = await CommitAsync(call, plan, bytesIn, results);
        if (refusal is not null)
        {
            return refusal;
        }

        await Parallel.ForEachAsync(
            plan.Entries.Where(entry => entry.Kind is null),
            new ParallelOptions { MaxDegreeOfParallelism = _options.BatchParallelism, CancellationToken = call.Cancel },
            async (entry, _) => results[entry.Entry.Index] = await entries.RunAsync(call, entry.Entry));
        return new FhirResult(200)
        {
            Content = new ResponseBundle("transaction-response", call.BaseUrl, call.Preferences.Return, bundle, results),
        };
    }

    private static Dictionary<string, PlannedEntry> Scan(IReadOnlyList<PlannedEntry> planned)
    {
        var scanned = new Dictionary<string, PlannedEntry>(StringComparer.Ordinal);
        foreach (var entry in planned.Where(entry => entry.IsWritten))
        {
            foreach (var reference in ReferenceScanner.Scan(entry.Entry.Resource.Span))
            {
                scanned.TryAdd(reference, entry);
            }
        }

        return scanned;
    }

    private async ValueTask<FhirResult?> PrepareAsync(FhirCall call, TransactionPlan plan)
    {
        var written = plan.Entries.Where(entry => entry is { IsWritten: true, Kind: not WriteKind.Delete }).ToList();
        var read = new ReadResult[written.Count];
        await Parallel.ForAsync(
            0, written.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadParallelism, CancellationToken = call.Cancel }, (i, _) =>
            {
                var entry = written[i];
                read[i] = reader.Read(entry.Entry.Resource, new ReadOptions
                {
                    Type = entry.Type,
                    Id = entry.Id!,
                    IdMustMatch = entry is { Kind: WriteKind.Update, Criteria: null },
                    References = plan.References.Count > 0 ? plan.References : null,
                    BaseAddresses = call.BaseAddresses,
                });
                entry.Resource = read[i].Resource;
                return ValueTask.CompletedTask;
            });

        return Join([.. Enumerable.Range(0, read.Length)
            .Where(i => read[i].Resource is null)
            .Select(i => written[i].Entry.Refuse(OperationOutcomes.OfInvalid(read[i].Issues)))]);
    }

    // One answer for what is wrong with several entries; a malformed one weighs more than a broken rule.
    private static FhirResult? Join(IReadOnlyList<FhirResult> refused) => refused.Count == 0
        ? null
        : FhirResult.Refused(refused.Min(result => result.Status), [.. refused.SelectMany(result => result.Issues)]);

    private async ValueTask<FhirResult?> CommitAsync(FhirCall call, TransactionPlan plan, int bytesIn, FhirResult[] results)
    {
        // The order that R4 prescribes: deletions, creates, updates.
        List<PlannedEntry> written = [.. plan.Entries.Where(entry => entry.IsWritten).OrderBy(entry => entry.Kind switch
        {
            WriteKind.Delete => 0,
            WriteKind.Create => 1,
            _ => 2,
        })];
        if (written.Count == 0)
        {
            return null;
        }

        var reply = await cluster.TransactAsync(
            call.Tenant,
            new TransactionCommand
            {
                Items = [.. written.Select(entry => new TransactionItem(entry.Kind!.Value, entry.Type, entry.Id!, entry.Resource, entry.IfMatch))],
                Caller = call.Caller,
                CommandId = Guid.CreateVersion7(),
                BytesIn = bytesIn,
            },
            call.Cancel);
        if (reply.Committed)
        {
            for (var i = 0; i < written.Count; i++)
            {
                results[written[i].Entry.Index] = Answer(written[i], reply.Items[i]);
            }

            return null;
        }

        return Join([.. written
            .Zip(reply.Items, (entry, item) => (Entry: entry, Result: Answer(entry, item)))
            .Where(pair => pair.Result.Status >= 400)
            .Select(pair => pair.Entry.Entry.Refuse(pair.Result))])
            ?? FhirResult.Refused(409, "conflict", "The transaction was not committed; try again.");
    }

    private static FhirResult Answer(PlannedEntry entry, WriteReply reply) => entry.Kind == WriteKind.Delete
        ? OperationOutcomes.OfDeletion(reply, entry.IfMatch is not null)
        : OperationOutcomes.Of(reply, entry.IfMatch is not null);
}
