using MedOrleans.Cluster;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>What a transaction does for one entry, filled in step by step until it can be committed.</summary>
internal sealed class PlannedEntry
{
    /// <summary>The request.</summary>
    public required BundleEntry Entry { get; init; }

    /// <summary>The kind of write; null for what reads after the commit.</summary>
    public WriteKind? Kind { get; init; }

    /// <summary>The resource type; empty for the history of the whole record.</summary>
    public string Type { get; init; } = "";

    /// <summary>Criteria in place of an id: of a conditional update or deletion, or <c>ifNoneExist</c>.</summary>
    public string? Criteria { get; init; }

    /// <summary>The version that must be current.</summary>
    public long? IfMatch { get; init; }

    /// <summary>The id, once it is known.</summary>
    public string? Id { get; set; }

    /// <summary>The answer of an entry for which nothing has to be written.</summary>
    public FhirResult? Decided { get; set; }

    /// <summary>What to store.</summary>
    public PreparedResource? Resource { get; set; }

    /// <summary>Whether it is part of the commit.</summary>
    public bool IsWritten => Kind is not null && Decided is null;

    /// <summary>Reads what an entry asks for.</summary>
    public static (PlannedEntry? Planned, FhirResult? Refusal) Of(FhirCall call, BundleEntry entry)
    {
        var address = EntryAddress.Parse(entry.Url, call.BaseUrl);
        if (address.Parts is not [var type, ..])
        {
            return (null, FhirResult.Refused(400, "required", "The entry's request has no url.", $"{entry.Expression}.request.url"));
        }

        if (!Conditions.TryReadIfMatch(entry.IfMatch, out var version))
        {
            return (null, FhirResult.Refused(400, "value", "ifMatch holds the ETag of one version, W/\"3\".", $"{entry.Expression}.request.ifMatch"));
        }

        var criteria = address.Query.Length > 0 ? address.Query : null;
        var planned = (entry.Method, address.Parts) switch
        {
            ("GET" or "HEAD", _) => new PlannedEntry { Entry = entry, Type = type },
            ("POST", [_, "_search"]) => new PlannedEntry { Entry = entry, Type = type },
            ("POST", [_]) => new PlannedEntry
            {
                Entry = entry,
                Kind = WriteKind.Create,
                Type = type,
                Criteria = string.IsNullOrEmpty(entry.IfNoneExist) ? null : entry.IfNoneExist.TrimStart('?'),
            },
            ("PUT", [_, var id]) => new PlannedEntry { Entry = entry, Kind = WriteKind.Update, Type = type, Id = id, IfMatch = version },
            ("PUT", [_]) when criteria is not null => new PlannedEntry { Entry = entry, Kind = WriteKind.Update, Type = type, Criteria = criteria, IfMatch = version },
            ("DELETE", [_, var id]) => new PlannedEntry { Entry = entry, Kind = WriteKind.Delete, Type = type, Id = id, IfMatch = version },
            ("DELETE", [_]) when criteria is not null => new PlannedEntry { Entry = entry, Kind = WriteKind.Delete, Type = type, Criteria = criteria, IfMatch = version },
            _ => null,
        };
        var refusal = planned is null
            ? UnknownInteractions.Refuse(entry.Method, string.Join('/', address.Parts))
            : planned.Refuse(call);
        return refusal is null ? (planned, null) : (null, entry.Refuse(refusal));
    }

    private FhirResult? Refuse(FhirCall call)
    {
        if (Kind is not { } kind)
        {
            // The reads and searches themselves check the rest; nothing may be committed for one who may not see its answer.
            return Type == "_history" ? call.Forbids("*", Interaction.Search) : FhirAddresses.RefuseType(Type);
        }

        var refusal = FhirAddresses.RefuseType(Type) ?? call.Forbids(Type, kind switch
        {
            WriteKind.Create => Interaction.Create,
            WriteKind.Update => Interaction.Update,
            _ => Interaction.Delete,
        });
        if (refusal is null && Id is not null)
        {
            refusal = WriteInteractions.RefuseId(Type, Id);
        }

        return refusal ?? (kind != WriteKind.Delete && Entry.Resource.IsEmpty
            ? FhirResult.Refused(400, "required", "The entry has no resource.", $"{Entry.Expression}.resource")
            : null);
    }
}
