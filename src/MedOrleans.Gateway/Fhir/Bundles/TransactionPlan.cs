using System.Collections.Concurrent;
using MedOrleans.Cluster;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>
/// Decides which resource each entry of a transaction is about and what the references between entries become, before
/// anything is read or written for good (R4, http.html#trules).
/// </summary>
internal sealed class TransactionPlan(FhirCall call, Criteria criteria, int parallelism)
{
    // Canonical conditions of ifNoneExist, by the resource that they mean: a reference may name an entry so.
    private readonly Dictionary<string, string> _byCondition = new(StringComparer.Ordinal);

    /// <summary>The entries.</summary>
    public IReadOnlyList<PlannedEntry> Entries { get; private set; } = [];

    /// <summary>What references become: full urls of entries, and conditional references.</summary>
    public Dictionary<string, string> References { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes the plan.</summary>
    /// <returns>Null, or why the transaction is refused.</returns>
    public async ValueTask<FhirResult?> MakeAsync(IReadOnlyList<BundleEntry> bundle)
    {
        var planned = new List<PlannedEntry>(bundle.Count);
        foreach (var entry in bundle)
        {
            var (plan, refusal) = PlannedEntry.Of(call, entry);
            if (plan is null)
            {
                return refusal;
            }

            planned.Add(plan);
        }

        Entries = planned;
        return await FindTargetsAsync() ?? RefuseDuplicates() ?? NameEntries();
    }

    /// <summary>Adds what the conditional references mean.</summary>
    /// <param name="scanned">Every reference to resolve, by the first entry that has it.</param>
    /// <returns>Null, or why the transaction is refused.</returns>
    public async ValueTask<FhirResult?> ResolveAsync(ReferenceResolver resolver, IReadOnlyDictionary<string, PlannedEntry> scanned)
    {
        var resolved = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var refused = new ConcurrentQueue<(PlannedEntry Entry, string Reference, Issue Issue)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = call.Cancel };
        await Parallel.ForEachAsync(scanned.Where(pair => !References.ContainsKey(pair.Key)), options, async (pair, _) =>
        {
            var (target, issue) = ReferenceResolver.IsConditional(pair.Key)
                ? FindOwn(pair.Key) is { } own ? (own, null) : await resolver.ResolveAsync(call, pair.Key)
                : pair.Key.StartsWith("urn:uuid:", StringComparison.Ordinal)
                    ? (null, new Issue("not-found", "No entry of the Bundle has this full url."))
                    : (pair.Key, null);
            if (issue is not null)
            {
                refused.Enqueue((pair.Value, pair.Key, issue));
            }
            else if (target != pair.Key)
            {
                resolved[pair.Key] = target!;
            }
        });

        if (!refused.IsEmpty)
        {
            var first = refused.OrderBy(item => item.Entry.Entry.Index).ToList();
            return FhirResult.Refused(
                first.Min(item => ReferenceResolver.StatusOf(item.Issue)),
                [.. first.Select(item => item.Entry.Entry.Name(
                    item.Issue with { Expression = ReferenceResolver.Locate(item.Entry.Entry.Resource.Span, item.Reference) ?? item.Entry.Type }))]);
        }

        foreach (var (reference, target) in resolved)
        {
            References[reference] = target;
        }

        return null;
    }

    private string? FindOwn(string reference)
    {
        if (_byCondition.Count == 0)
        {
            return null;
        }

        var at = reference.IndexOf('?', StringComparison.Ordinal);
        var (_, canonical, _) = criteria.Read(call, reference[..at], reference[(at + 1)..]);
        return _byCondition.GetValueOrDefault($"{reference[..at]}?{canonical}");
    }

    private async ValueTask<FhirResult?> FindTargetsAsync()
    {
        var conditional = Entries.Where(entry => entry.Criteria is not null).ToList();
        var found = new (CriteriaResult Found, FhirResult? Refusal)[conditional.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = call.Cancel };
        await Parallel.ForAsync(0, conditional.Count, options, async (i, _) =>
            found[i] = await criteria.FindAsync(call, conditional[i].Type, conditional[i].Criteria!));
        for (var i = 0; i < found.Length; i++)
        {
            var refusal = found[i].Refusal ?? Decide(conditional[i], found[i].Found);
            if (refusal is not null)
            {
                return conditional[i].Entry.Refuse(refusal);
            }
        }

        foreach (var entry in Entries.Where(entry => entry is { IsWritten: true, Id: null }))
        {
            entry.Id = WriteInteractions.NewId();
        }

        return null;
    }

    private FhirResult? Decide(PlannedEntry entry, CriteriaResult found)
    {
        switch (found.Count, entry.Kind)
        {
            case (2, _):
                return Criteria.Multiple(entry.Type);
            case (1, WriteKind.Create):
                entry.Id = found.Match!.Id;
                entry.Decided = new FhirResult(200) { Stored = found.Match, IsWrite = true };
                _byCondition.TryAdd($"{entry.Type}?{found.Query}", $"{entry.Type}/{entry.Id}");
                break;
            case (0, WriteKind.Create):
                entry.Id = WriteInteractions.NewId();
                return _byCondition.TryAdd($"{entry.Type}?{found.Query}", $"{entry.Type}/{entry.Id}")
                    ? null
                    : FhirResult.Refused(400, "duplicate", "Another entry creates by the same criteria.", $"{entry.Entry.Expression}.request.ifNoneExist");
            case (1, _):
                entry.Id = found.Match!.Id;
                var given = entry.Kind == WriteKind.Update ? JsonMembers.Find(entry.Entry.Resource.Span, "id"u8) : null;
                return given is null || given == entry.Id
                    ? null
                    : FhirResult.Refused(400, "value", "The resource's id is not that of the one that matches.", $"{entry.Type}.id");
            case (_, WriteKind.Delete):
                entry.Decided = new FhirResult(204) { IsWrite = true };
                break;
            default:
                entry.Id = JsonMembers.Find(entry.Entry.Resource.Span, "id"u8);
                return entry.Id is null ? null : WriteInteractions.RefuseId(entry.Type, entry.Id);
        }

        return null;
    }

    private FhirResult? RefuseDuplicates()
    {
        var seen = new HashSet<(string Type, string Id)>();
        var twice = Entries.FirstOrDefault(entry => entry.IsWritten && !seen.Add((entry.Type, entry.Id!)));
        return twice?.Entry.Refuse(FhirResult.Refused(400, "duplicate", "Another entry of the transaction writes the same resource."));
    }

    private FhirResult? NameEntries()
    {
        foreach (var entry in Entries)
        {
            if (entry is not { Kind: WriteKind.Create or WriteKind.Update, Entry.FullUrl: { Length: > 0 } fullUrl })
            {
                continue;
            }

            var target = $"{entry.Type}/{entry.Id}";
            if (!References.TryAdd(fullUrl, target) && References[fullUrl] != target)
            {
                return entry.Entry.Refuse(FhirResult.Refused(
                    400, "duplicate", "Another entry has the same full url.", $"{entry.Entry.Expression}.fullUrl"));
            }

            // An entry that is known by an address elsewhere: references relative to that address mean it too (R4, bundle.html#references).
            if (entry.Kind == WriteKind.Create && fullUrl.StartsWith("http", StringComparison.Ordinal)
                && fullUrl.LastIndexOf($"/{entry.Type}/", StringComparison.Ordinal) is > 0 and var at)
            {
                References.TryAdd(fullUrl[(at + 1)..], target);
            }
        }

        return null;
    }
}
