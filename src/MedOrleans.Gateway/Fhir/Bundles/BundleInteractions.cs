using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>batch and transaction (R4, http.html#transaction).</summary>
internal sealed class BundleInteractions(EntryInteractions entries, TransactionInteraction transaction, IOptions<FhirOptions> options)
{
    private readonly FhirOptions _options = options.Value;

    /// <summary>Takes in a Bundle.</summary>
    public async ValueTask<FhirResult> RunAsync(FhirCall call)
    {
        var (json, refusal) = await RequestBody.ReadJsonAsync(call, _options.MaxBundleBytes);
        if (refusal is not null)
        {
            return refusal;
        }

        (var bundle, refusal) = BundleReader.Read(json, _options.MaxBundleEntries);
        if (bundle is null)
        {
            return refusal!;
        }

        return bundle.Type == "transaction"
            ? await transaction.RunAsync(call, bundle.Entries, json.Length)
            : await BatchAsync(call, bundle.Entries);
    }

    // Each entry stands alone: one that fails says so in its own place.
    private async ValueTask<FhirResult> BatchAsync(FhirCall call, IReadOnlyList<BundleEntry> batch)
    {
        var results = new FhirResult[batch.Count];
        await Parallel.ForEachAsync(
            batch,
            new ParallelOptions { MaxDegreeOfParallelism = _options.BatchParallelism, CancellationToken = call.Cancel },
            async (entry, _) => results[entry.Index] = await entries.RunAsync(call, entry));
        return new FhirResult(200)
        {
            Content = new ResponseBundle("batch-response", call.BaseUrl, call.Preferences.Return, batch, results),
        };
    }
}
