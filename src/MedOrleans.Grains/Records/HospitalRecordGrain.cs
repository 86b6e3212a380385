using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Records;
using Orleans.Concurrency;

namespace MedOrleans.Grains.Records;

/// <summary>A hospital's record as a whole, for HIS frontends on grains. Stateless, and reentrant for the reason that <see cref="IntakeGrain"/> is.</summary>
[StatelessWorker, Reentrant, HospitalPool]
internal sealed class HospitalRecordGrain(RecordWriter writer, ResourceReader reader, SearchQueryParser parser) : Grain, IHospitalRecordGrain, IMeteredGrain
{
    private TenantCounters? _usage;
    private TenantPools? _pools;

    public TenantCounters Usage => _usage ??= writer.Usage.For(Tenant);

    public TenantPools Pools => _pools ??= writer.Pools.For(Tenant);

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    public async Task<WriteReply> CreateAsync(string type, byte[] json)
    {
        var read = reader.Read(json, new ReadOptions { Type = type, Id = Guid.CreateVersion7().ToString() });
        return read.Resource is null
            ? new WriteReply { Status = WriteStatus.Invalid, Issues = read.Issues }
            : await GrainFactory.GetGrain<IIntakeGrain>(Tenant.Value).CreateAsync(new WriteCommand
            {
                Kind = WriteKind.Create,
                Resource = read.Resource,
                Caller = CallAgent.Caller(),
                CommandId = Guid.CreateVersion7(),
                BytesIn = json.Length,
            });
    }

    public async Task<SearchReply> SearchAsync(string type, string query)
    {
        if (!FhirTypes.IsResourceType(type))
        {
            return new SearchReply { Issues = [new Issue("not-supported", "There is no such resource type.")] };
        }

        var parsed = parser.Parse(Tenant, type, QueryText.Parse(query));
        if (parsed.Query is null)
        {
            return new SearchReply { Issues = parsed.Issues };
        }

        var store = await writer.StoreAsync(Tenant);
        try
        {
            var page = await RecordWriter.GuardAsync(() => new ValueTask<SearchPage>(store.SearchAsync(parsed.Query, CancellationToken.None)));
            return new SearchReply
            {
                Matches = page.Matches,
                Included = page.Included,
                Total = page.Total,
                Next = page.Next is null ? null : Next(parsed.Used, page.Next),
                Issues = parsed.Issues,
            };
        }
        catch (FormatException e)
        {
            return new SearchReply { Issues = [new Issue("value", e.Message, "_cursor")] };
        }
    }

    private static string Next(IReadOnlyList<KeyValuePair<string, string>> used, string cursor) => string.Join(
        '&', used.Append(KeyValuePair.Create("_cursor", cursor)).Select(parameter => $"{Uri.EscapeDataString(parameter.Key)}={Uri.EscapeDataString(parameter.Value)}"));
}
