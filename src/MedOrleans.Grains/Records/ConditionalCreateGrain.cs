using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Grains.Records;

/// <summary>Puts conditional creates of one condition in a row. The key is <c>{tenant}/{Type}?{query}</c>; calls wait for each other.</summary>
[HospitalPool]
internal sealed class ConditionalCreateGrain(RecordWriter writer, SearchQueryParser parser) : Grain, IConditionalCreateGrain
{
    public async Task<WriteReply> CreateIfNoneAsync(string query, WriteCommand command)
    {
        var key = this.GetPrimaryKeyString();
        var tenant = TenantId.Parse(key[..key.IndexOf('/', StringComparison.Ordinal)]);
        var parsed = parser.Parse(tenant, command.Resource!.Type, QueryText.Parse(query));
        if (parsed.Query is null)
        {
            return new WriteReply { Status = WriteStatus.Invalid, Issues = parsed.Issues };
        }

        var store = await writer.StoreAsync(tenant);
        var page = await RecordWriter.GuardAsync(() => new ValueTask<SearchPage>(store.SearchAsync(parsed.Query with { Count = 2 }, CancellationToken.None)));
        return page.Matches switch
        {
            [] => await GrainFactory.GetGrain<IIntakeGrain>(tenant.Value).CreateAsync(command),
            [var one] when one.CommandId == command.CommandId => new WriteReply { Status = WriteStatus.Created, Stored = one },
            [var one] => new WriteReply { Status = WriteStatus.Unchanged, Stored = one },
            _ => WriteRules.Refused(WriteStatus.MultipleMatches, null, "multiple-matches", "The condition matches more than one resource."),
        };
    }
}
