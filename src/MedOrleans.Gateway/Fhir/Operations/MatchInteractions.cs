using System.Text;
using System.Text.Json;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>Patient/$match: candidates by the search index, graded by <see cref="MatchScore"/>.</summary>
internal sealed class MatchInteractions(ResourceReader reader, SearchQueryParser parser, IRecordStores stores, IOptions<FhirOptions> options)
{
    private const int MaxCount = 100;

    // A query for each identifier, name and phone: more than anybody has are not looked for.
    private const int MaxQueries = 20;

    /// <summary>Finds the patients that a given one may be.</summary>
    public async ValueTask<FhirResult> MatchAsync(FhirCall call)
    {
        if (call.Forbids("Patient", MatchOperation.Instance.Needs) is { } refusal)
        {
            return refusal;
        }

        var (json, unread) = await RequestBody.ReadJsonAsync(call, options.Value.MaxBodyBytes);
        if (unread is not null)
        {
            return unread;
        }

        ReadOnlyMemory<byte> body;
        bool onlyCertain;
        int count;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (Read(document.RootElement, json, out body, out onlyCertain, out count) is { } wrong)
            {
                return FhirResult.Refused(400, wrong);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return FhirResult.Refused(400, "structure", "The body is not JSON that can be read.");
        }

        var read = reader.Read(body, new ReadOptions { Type = "Patient", Id = "sought", BaseAddresses = call.BaseAddresses });
        if (read.Resource is null)
        {
            return OperationOutcomes.OfInvalid(read.Issues);
        }

        if (await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return FhirResult.Refused(404, "not-found", "There is no such hospital.");
        }

        var sought = Traits(read.Resource.Body);
        var found = new Dictionary<string, StoredVersion>(StringComparer.Ordinal);
        foreach (var criteria in Queries(sought).Take(MaxQueries))
        {
            if (parser.Parse(call.Tenant, "Patient", criteria, call.BaseAddresses).Query is { } query)
            {
                foreach (var candidate in (await store.SearchAsync(query with { Count = MaxCount }, call.Cancel)).Matches)
                {
                    found[candidate.Id] = candidate;
                }
            }
        }

        var least = onlyCertain ? MatchGrade.Certain : MatchGrade.Possible;
        var matches = found.Values.Select(candidate => (Patient: candidate, Score: MatchScore.Of(sought, Traits(candidate.Body))))
            .Where(match => match.Score.Grade >= least)
            .OrderByDescending(match => match.Score.Grade).ThenByDescending(match => match.Score.Bits).ThenBy(match => match.Patient.Id, StringComparer.Ordinal)
            .Take(count).ToList();
        return new FhirResult(200) { Content = new MatchSet(call.BaseUrl, matches) { Total = matches.Count } };
    }

    private static Issue? Read(JsonElement root, ReadOnlyMemory<byte> json, out ReadOnlyMemory<byte> patient, out bool onlyCertain, out int count)
    {
        (patient, onlyCertain, count) = (json, false, 20);
        var type = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("resourceType", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        if (type == "Patient")
        {
            return null;
        }

        if (type != "Parameters")
        {
            return new Issue("structure", "The body has to be a Parameters resource, or a Patient.", "Parameters", "fatal");
        }

        var isGiven = false;
        foreach (var parameter in root.TryGetProperty("parameter", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            switch (parameter.ValueKind == JsonValueKind.Object && parameter.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null)
            {
                case "resource" when parameter.TryGetProperty("resource", out var resource):
                    patient = Encoding.UTF8.GetBytes(resource.GetRawText());
                    isGiven = true;
                    break;
                case "onlyCertainMatches" when parameter.TryGetProperty("valueBoolean", out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    onlyCertain = value.GetBoolean();
                    break;
                case "count" when parameter.TryGetProperty("valueInteger", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out count) && count is >= 1 and <= MaxCount:
                    break;
                default:
                    return new Issue("value", $"The parameters are resource (a Patient), onlyCertainMatches (valueBoolean) and count (valueInteger, 1 to {MaxCount}).", "Parameters.parameter");
            }
        }

        return isGiven ? null : new Issue("required", "resource is missing.", "resource");
    }

    private static PatientTraits Traits(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return PatientTraits.Of(document.RootElement);
    }

    private static IEnumerable<KeyValuePair<string, string>[]> Queries(PatientTraits sought)
    {
        foreach (var (system, value) in sought.Identifiers.Distinct())
        {
            yield return [new("identifier", $"{Escape(system)}|{Escape(value)}")];
        }

        foreach (var (family, given) in sought.Names.Take(3))
        {
            var names = given.Take(2).Append(family).Where(static name => name.Length > 0).ToList();
            if (sought.BirthDate.Length > 0)
            {
                foreach (var name in names)
                {
                    // name, not family or given: they may have been exchanged.
                    yield return [new("name", Escape(name)), new("birthdate", sought.BirthDate)];
                }
            }

            if (family.Length > 0 && given.Count > 0)
            {
                yield return [new("name", Escape(family)), new("name", Escape(given[0]))];
            }
        }

        foreach (var phone in sought.SearchPhones)
        {
            yield return [new("phone", Escape(phone))];
        }
    }

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)
        .Replace(",", "\\,", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal);
}
