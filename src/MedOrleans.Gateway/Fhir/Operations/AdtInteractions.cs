using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.Extensions.Options;
using Orleans;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on encounters and beds (R4, operations.html).</summary>
internal sealed class AdtInteractions(IGrainFactory grains, ClusterRetry retry, IRecordStores stores, WardCensus census, IOptions<FhirOptions> options)
{
    /// <summary>Runs an operation that changes something.</summary>
    /// <param name="call">The call.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="id">The encounter or bed; null where it is called on the type.</param>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, AdtOperation operation, string? id)
    {
        if (call.Forbids(operation.Type, operation.Needs) is { } refusal)
        {
            return refusal;
        }

        if (id is not null && !ResourceKey.IsId(id))
        {
            return NotFound(operation.Type);
        }

        var (json, unread) = await BodyAsync(call);
        if (unread is not null)
        {
            return unread;
        }

        var input = OperationInput.Read(json, operation.Parameters, call.BaseAddresses);
        if (operation.BedStep is { } bed)
        {
            var step = bed(input);
            return input.Issues.Count > 0 ? FhirResult.Refused(400, input.Issues)
                : OperationOutcomes.Of(await retry.RunAsync(() => Adt(call).BedAsync(id!, step, call.Caller, json.Length), call.Cancel), hadCondition: false);
        }

        var wanted = operation.Step!(input);
        var given = operation.OnType ? input.Id("encounter", "Encounter") : null;
        if (id is not null && given is not null && given != id)
        {
            return FhirResult.Refused(400, "value", "The parameter names another encounter than the address.", "encounter");
        }

        if (operation.Name == "transfer" && input.Issues.Count == 0 && input.Text("location") is null && input.Text("class") is null)
        {
            return FhirResult.Refused(400, "required", "A transfer needs a location or a class.", "location");
        }

        // A new encounter has the command's id, so that sent again it is found again.
        var encounter = id ?? given ?? wanted.CommandId.ToString("D");
        return input.Issues.Count > 0 ? FhirResult.Refused(400, input.Issues)
            : OperationOutcomes.Of(await retry.RunAsync(() => Adt(call).StepAsync(encounter, wanted, call.Caller, json.Length), call.Cancel), hadCondition: false);
    }

    /// <summary>The census of a ward: its beds as they are at one moment, and who is in them.</summary>
    public async ValueTask<FhirResult> CensusAsync(FhirCall call, string id)
    {
        var (store, refusal) = await WardAsync(call, id);
        if (store is null)
        {
            return refusal!;
        }

        var beds = await census.ReadAsync(store, call.Tenant, id, call.Cancel);
        return new FhirResult(200) { Content = await ContentAsync(call, store, beds, call.Cancel) };
    }

    /// <summary>The store with a ward, where the call may see it.</summary>
    public async ValueTask<(IRecordStore? Store, FhirResult? Refusal)> WardAsync(FhirCall call, string id)
    {
        if (call.Forbids("Location", Interaction.Read | Interaction.Search) is { } refusal)
        {
            return (null, refusal);
        }

        return ResourceKey.IsId(id) && await stores.ForAsync(call.Tenant, call.Cancel) is { } store && await store.ReadAsync(new ResourceKey(call.Tenant, "Location", id), call.Cancel) is { Deleted: false }
            ? (store, null)
            : (null, NotFound("Location"));
    }

    /// <summary>Beds with the encounters and patients in them, as far as the token's scopes let it read them.</summary>
    public static async ValueTask<SearchSet> ContentAsync(FhirCall call, IRecordStore store, IReadOnlyList<StoredVersion> beds, CancellationToken cancel)
    {
        var states = beds.Select(WardCensus.StatusOf).ToList();
        List<ResourceId> who = [
            .. call.Allows("Encounter", Interaction.Read) ? states.Select(bed => bed.EncounterId).OfType<string>().Select(encounter => new ResourceId("Encounter", encounter)) : [],
            .. call.Allows("Patient", Interaction.Read) ? states.Select(bed => bed.PatientId).OfType<string>().Select(patient => new ResourceId("Patient", patient)).Distinct() : []];
        return new SearchSet(call.BaseUrl, beds, who.Count == 0 ? [] : await store.ReadManyAsync(call.Tenant, who, cancel), []) { Total = beds.Count };
    }

    private async ValueTask<(ReadOnlyMemory<byte> Json, FhirResult? Refusal)> BodyAsync(FhirCall call) =>
        RequestBody.IsAbsent(call.Http.Request) ? (default, null) : await RequestBody.ReadJsonAsync(call, options.Value.MaxBodyBytes);

    private IAdtGrain Adt(FhirCall call) => grains.GetGrain<IAdtGrain>(call.Tenant.Value);

    private static FhirResult NotFound(string type) => FhirResult.Refused(404, "not-found", $"There is no such {type}.");
}
