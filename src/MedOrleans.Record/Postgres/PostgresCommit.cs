using MedOrleans.Cluster;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace MedOrleans.Record.Postgres;

/// <summary>
/// The one statement that commits a group: compare-and-set on the resources, then history, index and usage of those that
/// were taken. Arrays carry the rows, so the text is the same for every group and is planned once a connection.
/// </summary>
internal static class PostgresCommit
{
    private const string Items = """
        with item as materialized (
          select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            as t(ord, batch, tenant, type, id, expected, kind, last_updated, body, command, agent, address, request_id, reason)
        ), created as (
          insert into resource (tenant, type, id, rid, version, last_updated, deleted)
          select tenant, type, id, nextval('rid'), 1, last_updated, false from item where expected = 0
          on conflict do nothing
          returning tenant, type, id, rid
        )
        """;

    private const string Updated = """
        , updated as (
          update resource r
          set version = i.expected + 1, last_updated = i.last_updated, deleted = i.kind = 2
          from item i
          where i.expected > 0 and r.tenant = i.tenant and r.type = i.type and r.id = i.id and r.version = i.expected
          returning r.tenant, r.type, r.id, r.rid
        ), hit as (
          select * from created union all select * from updated
        )
        """;

    private const string Taken = """
        , taken as materialized (
          select i.*, h.rid from item i join hit h on h.tenant = i.tenant and h.type = i.type and h.id = i.id
        ), text as materialized (
          select t.tenant, e.param, e.key, t.rid from unnest($15, $16, $17) as e(ord, param, key) join taken t on t.ord = e.ord
        ), range as materialized (
          select t.tenant, e.param, e.key, e.low, e.high, t.rid
          from unnest($18, $19, $20, $21, $22) as e(ord, param, key, low, high) join taken t on t.ord = e.ord
        )
        """;

    // Most entries of a resource outlive an update, so only the difference is written. Whoever holds the resource's row at the version that the
    // snapshot shows is alone with its entries: their places stay.
    private const string Dropped = """
        , old_text as materialized (
          select x.ctid as place, x.param, x.key, x.rid from index_text x where x.rid = any(array(select rid from updated))
        ), old_range as materialized (
          select x.ctid as place, x.param, x.key, x.low, x.high, x.rid from index_range x where x.rid = any(array(select rid from updated))
        ), dropped_text as (
          delete from index_text where ctid = any(array(
            select o.place from old_text o where not exists (
              select from text n where n.rid = o.rid and n.param = o.param and n.key = o.key)))
        ), dropped_range as (
          delete from index_range where ctid = any(array(
            select o.place from old_range o where not exists (
              select from range n where n.rid = o.rid and n.param = o.param and n.key = o.key and n.low = o.low and n.high = o.high)))
        ), texts as (
          insert into index_text (tenant, param, key, rid)
          select n.tenant, n.param, n.key, n.rid from text n where not exists (
            select from old_text o where o.rid = n.rid and o.param = n.param and o.key = n.key)
        ), ranges as (
          insert into index_range (tenant, param, key, low, high, rid)
          select n.tenant, n.param, n.key, n.low, n.high, n.rid from range n where not exists (
            select from old_range o where o.rid = n.rid and o.param = n.param and o.key = n.key and o.low = n.low and o.high = n.high)
        )
        """;

    private const string Added = """
        , texts as (
          insert into index_text (tenant, param, key, rid) select tenant, param, key, rid from text
        ), ranges as (
          insert into index_range (tenant, param, key, low, high, rid) select tenant, param, key, low, high, rid from range
        )
        """;

    private const string Rows = """
        , history as (
          insert into version (rid, version, tenant, type, id, seq, kind, last_updated, body, command, agent, address, request_id, reason)
          select rid, expected + 1, tenant, type, id, nextval('seq'), kind, last_updated, body, command, agent, address, request_id, reason from taken
        ), used as (
          insert into usage (tenant, meter, seq, quantity)
          select t.tenant, u.meter, nextval('seq'), sum(u.quantity)
          from unnest($23, $24, $25) as u(batch, meter, quantity)
          join (select distinct batch, tenant from taken) t on t.batch = u.batch
          group by t.tenant, u.meter
        )
        select ord from taken
        """;

    private const string CreatesOnly = Items + ", hit as (select * from created)" + Taken + Added + Rows;

    private const string Mixed = Items + Updated + Taken + Dropped + Rows;

    /// <summary>The command for the commits at <paramref name="positions"/>; its rows are the ordinals of the items taken, in order of commit and item.</summary>
    /// <param name="connection">Where it runs.</param>
    /// <param name="group">The whole group.</param>
    /// <param name="positions">Which commits of it.</param>
    /// <param name="tenants">Each commit's tenant number, by position.</param>
    /// <param name="ciphers">What seals each commit's bodies, by position.</param>
    public static NpgsqlCommand Create(NpgsqlConnection connection, IReadOnlyList<RecordCommit> group, IReadOnlyList<int> positions, int[] tenants, TenantCipher?[] ciphers)
    {
        int items = 0, texts = 0, ranges = 0, usages = 0;
        foreach (var position in positions)
        {
            items += group[position].Items.Count;
            usages += group[position].Usage.Count;
            foreach (var item in group[position].Items)
            {
                texts += item.Text.Length;
                ranges += item.Range.Length;
            }
        }

        var (ord, batch, tenant, type, id) = (new int[items], new int[items], new int[items], new string[items], new string[items]);
        var (expected, kind, time, body, command) = (new long[items], new short[items], new DateTime[items], new byte[items][], new Guid[items]);
        var (agent, address, request, reason) = (new string[items], new string?[items], new string?[items], new string?[items]);
        var (textOrd, textParam, textKey) = (new int[texts], new int[texts], new string[texts]);
        var (rangeOrd, rangeParam, rangeKey, low, high) = (new int[ranges], new int[ranges], new string[ranges], new double[ranges], new double[ranges]);
        var (usageBatch, meter, quantity) = (new int[usages], new string[usages], new long[usages]);

        int i = 0, t = 0, r = 0, u = 0;
        var createsOnly = true;
        foreach (var position in positions)
        {
            var commit = group[position];
            foreach (var item in commit.Items)
            {
                createsOnly &= item.ExpectedVersion == 0;
                (ord[i], batch[i], tenant[i], type[i], id[i]) = (i, position, tenants[position], item.Type, item.Id);
                (expected[i], kind[i], time[i], body[i], command[i]) = (item.ExpectedVersion, (short)item.Kind, item.LastUpdated.UtcDateTime, ciphers[position]!.Seal(item), commit.CommandId);
                (agent[i], address[i], request[i], reason[i]) = (commit.Caller.Agent, commit.Caller.Address, commit.Caller.RequestId, commit.Caller.Reason);
                foreach (var entry in item.Text)
                {
                    (textOrd[t], textParam[t], textKey[t]) = (i, entry.Parameter, entry.Key);
                    t++;
                }

                foreach (var entry in item.Range)
                {
                    (rangeOrd[r], rangeParam[r], rangeKey[r], low[r], high[r]) = (i, entry.Parameter, entry.Key, entry.Low, entry.High);
                    r++;
                }

                i++;
            }

            foreach (var used in commit.Usage)
            {
                (usageBatch[u], meter[u], quantity[u]) = (position, used.Meter, used.Quantity);
                u++;
            }
        }

        return new NpgsqlCommand(createsOnly ? CreatesOnly : Mixed, connection)
        {
            Parameters =
            {
                Array(ord, NpgsqlDbType.Integer), Array(batch, NpgsqlDbType.Integer), Array(tenant, NpgsqlDbType.Integer),
                Array(type, NpgsqlDbType.Text), Array(id, NpgsqlDbType.Text), Array(expected, NpgsqlDbType.Bigint),
                Array(kind, NpgsqlDbType.Smallint), Array(time, NpgsqlDbType.TimestampTz), Array(body, NpgsqlDbType.Bytea),
                Array(command, NpgsqlDbType.Uuid), Array(agent, NpgsqlDbType.Text), Array(address, NpgsqlDbType.Text),
                Array(request, NpgsqlDbType.Text), Array(reason, NpgsqlDbType.Text),
                Array(textOrd, NpgsqlDbType.Integer), Array(textParam, NpgsqlDbType.Integer), Array(textKey, NpgsqlDbType.Text),
                Array(rangeOrd, NpgsqlDbType.Integer), Array(rangeParam, NpgsqlDbType.Integer), Array(rangeKey, NpgsqlDbType.Text),
                Array(low, NpgsqlDbType.Double), Array(high, NpgsqlDbType.Double),
                Array(usageBatch, NpgsqlDbType.Integer), Array(meter, NpgsqlDbType.Text), Array(quantity, NpgsqlDbType.Bigint),
            },
        };
    }

    private static NpgsqlParameter<T[]> Array<T>(T[] values, NpgsqlDbType element) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element };
}
