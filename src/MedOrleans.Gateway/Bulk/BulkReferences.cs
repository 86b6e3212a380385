using System.Collections.Concurrent;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;

namespace MedOrleans.Gateway.Bulk;

/// <summary>
/// Resolves the conditional references of many lines at once. What was found is remembered for a moment, as a load names the same
/// few practitioners and locations on line after line.
/// </summary>
internal sealed class BulkReferences(SearchQueryParser parser, TimeProvider time)
{
    private const int MostRemembered = 100_000;
    private const int InFlight = 8;
    private static readonly TimeSpan s_remember = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(TenantId, string), (string Target, long Until)> _found = new();

    /// <summary>What each reference resolves to, and those that match several resources; the others match none.</summary>
    public async Task<(IReadOnlyDictionary<string, string> Found, IReadOnlySet<string> Several)> ResolveAsync(
        TenantId tenant, IRecordStore store, IEnumerable<string> references, CancellationToken cancel)
    {
        var found = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var several = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(
            references.Where(ReferenceResolver.IsConditional).Distinct(StringComparer.Ordinal),
            new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancel },
            async (reference, token) =>
            {
                if (_found.TryGetValue((tenant, reference), out var known) && time.GetTimestamp() < known.Until)
                {
                    found[reference] = known.Target;
                    return;
                }

                var at = reference.IndexOf('?', StringComparison.Ordinal);
                var type = reference[..at];
                if (parser.Parse(tenant, type, FhirAddresses.Parameters(reference[at..])).Query is not { } query)
                {
                    return;
                }

                var page = await store.SearchAsync(query with { Count = 2 }, token);
                switch (page.Matches)
                {
                    case [var one]:
                        Remember(tenant, reference, found[reference] = $"{type}/{one.Id}");
                        break;
                    case [_, ..]:
                        several[reference] = true;
                        break;
                }
            });
        return (found, several.Keys.ToHashSet(StringComparer.Ordinal));
    }

    private void Remember(TenantId tenant, string reference, string target)
    {
        if (_found.Count >= MostRemembered)
        {
            _found.Clear();
        }

        _found[(tenant, reference)] = (target, time.GetTimestamp() + (long)(s_remember.TotalSeconds * time.TimestampFrequency));
    }
}
