using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir.Operations;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir;

/// <summary>create, update and delete of one resource (R4, http.html#create, #update, #delete).</summary>
internal sealed class WriteInteractions(ClusterCalls cluster, ResourceReader reader, ReferenceResolver references, Criteria criteria)
{
    /// <summary>Creates a resource under an id that is given out here; with <paramref name="ifNoneExist"/> only where none matches.</summary>
    public async ValueTask<FhirResult> CreateAsync(FhirCall call, string type, ReadOnlyMemory<byte> json, string? ifNoneExist = null)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Create)) is { } refusal)
        {
            return refusal;
        }

        var condition = "";
        if (!string.IsNullOrEmpty(ifNoneExist))
        {
            (_, condition, refusal) = criteria.Read(call, type, ifNoneExist.TrimStart('?'));
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return await PostAsync(call, type, json, condition);
    }

    /// <summary>
    /// Makes the next version of a resource, or the first under an id of the client's choice; with <paramref name="ifNoneMatch"/>
    /// <c>*</c> only where there is none (RFC 9110, 13.1.2).
    /// </summary>
    public async ValueTask<FhirResult> UpdateAsync(
        FhirCall call, string type, string id, ReadOnlyMemory<byte> json, string? ifMatch, string? ifNoneMatch = null)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Update) ?? RefuseId(type, id)) is { } refusal)
        {
            return refusal;
        }

        if (!Conditions.TryReadIfMatch(ifMatch, out var version))
        {
            return BadIfMatch;
        }

        if (!string.IsNullOrEmpty(ifNoneMatch))
        {
            return ifNoneMatch.Trim() == "*" && version is null
                ? await PutAsync(call, type, id, json, idMustMatch: true, version, WriteKind.Create)
                : FhirResult.Refused(400, "not-supported", "If-None-Match of an update is * and goes without If-Match.");
        }

        return await PutAsync(call, type, id, json, idMustMatch: true, version);
    }

    /// <summary>Updates the one resource that matches, or creates one where none does (R4, http.html#cond-update).</summary>
    public async ValueTask<FhirResult> UpdateIfAsync(FhirCall call, string type, string query, ReadOnlyMemory<byte> json, string? ifMatch)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Update)) is { } refusal)
        {
            return refusal;
        }

        if (!Conditions.TryReadIfMatch(ifMatch, out var version))
        {
            return BadIfMatch;
        }

        (var found, refusal) = await criteria.FindAsync(call, type, query);
        if (refusal is not null)
        {
            return refusal;
        }

        var given = JsonMembers.Find(json.Span, "id"u8);
        switch (found.Count)
        {
            case 0 when given is not null:
                return RefuseId(type, given) ?? await PutAsync(call, type, given, json, idMustMatch: true, version);
            case 0:
                var created = await PostAsync(call, type, json, found.Query);
                if (created.Status == 201 || created.Stored is not { } other)
                {
                    return created;
                }

                // Another call made it in between: this is an update of that one.
                return await PutAsync(call, type, other.Id, json, idMustMatch: false, version);
            case 1 when given is not null && given != found.Match!.Id:
                return FhirResult.Refused(400, "value", "The resource's id is not that of the one that matches.", $"{type}.id");
            case 1:
                return await PutAsync(call, type, found.Match!.Id, json, idMustMatch: false, version);
            default:
                return Criteria.Multiple(type);
        }
    }

    /// <summary>Deletes a resource; one that isn't there is no failure.</summary>
    public async ValueTask<FhirResult> DeleteAsync(FhirCall call, string type, string id, string? ifMatch)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Delete) ?? RefuseId(type, id)) is { } refusal)
        {
            return refusal;
        }

        if (!Conditions.TryReadIfMatch(ifMatch, out var version))
        {
            return BadIfMatch;
        }

        var command = Command(call, WriteKind.Delete, resource: null, bytesIn: 0) with { IfMatch = version };
        var reply = await cluster.WriteAsync(new ResourceKey(call.Tenant, type, id), command, call.Cancel);
        return OperationOutcomes.OfDeletion(reply, version is not null);
    }

    /// <summary>Deletes the one resource that matches.</summary>
    public async ValueTask<FhirResult> DeleteIfAsync(FhirCall call, string type, string query, string? ifMatch)
    {
        if ((FhirAddresses.RefuseType(type) ?? call.Forbids(type, Interaction.Delete)) is { } refusal)
        {
            return refusal;
        }

        (var found, refusal) = await criteria.FindAsync(call, type, query);
        if (refusal is not null)
        {
            return refusal;
        }

        return found.Count switch
        {
            0 => new FhirResult(204) { IsWrite = true },
            1 => await DeleteAsync(call, type, found.Match!.Id, ifMatch),
            _ => Criteria.Multiple(type),
        };
    }

    /// <summary>An id for a new resource, in order of creation.</summary>
    public static string NewId() => Guid.CreateVersion7().ToString("D");

    /// <summary>The refusal of an id that no client may choose; null where it may.</summary>
    public static FhirResult? RefuseId(string type, string id)
    {
        if (!ResourceKey.IsId(id))
        {
            return FhirResult.Refused(400, "value", "An id has 1 to 64 characters of A-Z, a-z, 0-9, '-' and '.'.", $"{type}.id");
        }

        if (OperationDefinitions.IsOne(type, id))
        {
            return FhirResult.Refused(422, "business-rule", "This id is one of the server's own definitions, which nobody writes.", $"{type}.id");
        }

        return AuditEvents.TryReadId(type, id, out _)
            ? FhirResult.Refused(422, "business-rule", "This id is one of the audit trail, which nobody writes.", $"{type}.id")
            : null;
    }

    private static FhirResult BadIfMatch => FhirResult.Refused(400, "value", "If-Match holds the ETag of one version, W/\"3\".");

    private async ValueTask<FhirResult> PostAsync(FhirCall call, string type, ReadOnlyMemory<byte> json, string condition)
    {
        var (resource, invalid) = await PrepareAsync(call, type, NewId(), json, idMustMatch: false);
        if (invalid is not null)
        {
            return invalid;
        }

        var command = Command(call, WriteKind.Create, resource, json.Length);
        var reply = condition.Length > 0
            ? await cluster.CreateIfNoneAsync(call.Tenant, condition, command, call.Cancel)
            : await cluster.CreateAsync(call.Tenant, command, call.Cancel);
        return OperationOutcomes.Of(reply, hadCondition: false);
    }

    private async ValueTask<FhirResult> PutAsync(
        FhirCall call, string type, string id, ReadOnlyMemory<byte> json, bool idMustMatch, long? version, WriteKind kind = WriteKind.Update)
    {
        var (resource, invalid) = await PrepareAsync(call, type, id, json, idMustMatch);
        if (invalid is not null)
        {
            return invalid;
        }

        var command = Command(call, kind, resource, json.Length) with { IfMatch = version };
        var reply = await cluster.WriteAsync(new ResourceKey(call.Tenant, type, id), command, call.Cancel);
        return OperationOutcomes.Of(reply, hadCondition: version is not null || kind == WriteKind.Create);
    }

    private async ValueTask<(PreparedResource? Resource, FhirResult? Invalid)> PrepareAsync(
        FhirCall call, string type, string id, ReadOnlyMemory<byte> json, bool idMustMatch)
    {
        var (resolved, refusal) = await references.ResolveAsync(call, json);
        if (refusal is not null)
        {
            return (null, refusal);
        }

        var read = reader.Read(json, new ReadOptions
        {
            Type = type,
            Id = id,
            IdMustMatch = idMustMatch,
            References = resolved.Count > 0 ? resolved : null,
            BaseAddresses = call.BaseAddresses,
        });
        return read.Resource is null ? (null, OperationOutcomes.OfInvalid(read.Issues)) : (read.Resource, null);
    }

    private static WriteCommand Command(FhirCall call, WriteKind kind, PreparedResource? resource, int bytesIn) => new()
    {
        Kind = kind,
        Resource = resource,
        Caller = call.Caller,
        CommandId = Guid.CreateVersion7(),
        BytesIn = bytesIn,
    };
}
