using System.Globalization;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.Extensions.Primitives;

namespace MedOrleans.Gateway.Fhir;

/// <summary>read and vread (R4, http.html#read, #vread).</summary>
internal sealed class ReadInteractions(ClusterCalls cluster, IRecordStores stores, AuditEvents audit)
{
    /// <summary>The current version.</summary>
    public ValueTask<FhirResult> ReadAsync(
        FhirCall call, string type, string id, StringValues ifNoneMatch = default, StringValues ifModifiedSince = default)
    {
        if (Refuse(call, type, id) is { } refusal)
        {
            return new(refusal);
        }

        var read = cluster.ReadAsync(new ResourceKey(call.Tenant, type, id), call.Http.RequestAborted);
        if (!read.IsCompletedSuccessfully)
        {
            return AwaitAsync(call, read, type, id, ifNoneMatch, ifModifiedSince);
        }

        return read.Result is { } stored
            ? new(Answer(stored, ifNoneMatch, ifModifiedSince))
            : AwaitAsync(call, default, type, id, ifNoneMatch, ifModifiedSince);
    }

    /// <summary>One version of the past.</summary>
    public async ValueTask<FhirResult> ReadVersionAsync(FhirCall call, string type, string id, string version)
    {
        if (Refuse(call, type, id) is { } refusal)
        {
            return refusal;
        }

        if (!long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return NoVersion(type, id);
        }

        var stored = await store.ReadVersionAsync(new ResourceKey(call.Tenant, type, id), number, call.Cancel);
        if (stored is null && number == 1 && AuditEvents.TryReadId(type, id, out var sequence))
        {
            stored = await audit.ReadAsync(call, sequence);
        }

        return stored is null ? NoVersion(type, id) : Answer(stored, default, default);
    }

    private async ValueTask<FhirResult> AwaitAsync(
        FhirCall call, ValueTask<StoredVersion?> read, string type, string id, StringValues ifNoneMatch, StringValues ifModifiedSince)
    {
        var stored = await read;
        if (stored is null && AuditEvents.TryReadId(type, id, out var sequence))
        {
            stored = await audit.ReadAsync(call, sequence);
        }

        return stored is null ? NotFound(type, id) : Answer(stored, ifNoneMatch, ifModifiedSince);
    }

    private static FhirResult Answer(StoredVersion stored, StringValues ifNoneMatch, StringValues ifModifiedSince)
    {
        if (stored.Deleted)
        {
            return FhirResult.Refused(410, "deleted", $"{stored.Type}/{stored.Id} has been deleted.") with { Stored = stored };
        }

        return Conditions.IsNotModified(ifNoneMatch, ifModifiedSince, stored.Version, stored.LastUpdated)
            ? new FhirResult(304) { Stored = stored }
            : FhirResult.Read(stored);
    }

    private static FhirResult? Refuse(FhirCall call, string type, string id) => FhirAddresses.RefuseType(type)
        ?? call.Forbids(type, Interaction.Read)
        ?? UnknownInteractions.RefuseOperation(id)
        ?? (ResourceKey.IsId(id) ? null : NotFound(type, id));

    private static FhirResult NoVersion(string type, string id) => FhirResult.Refused(404, "not-found", $"There is no such version of {type}/{id}.");

    private static FhirResult NotFound(string type, string id) =>
        FhirResult.Refused(404, "not-found", ResourceKey.IsId(id) ? $"There is no {type}/{id}." : $"There is no {type} of that id.");
}
