using MedOrleans.Cluster;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;

namespace MedOrleans.Record.Sqlite;

internal sealed partial class SqliteRecordStore
{
    public async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<RecordCommit> group, CancellationToken cancel)
    {
        var ciphers = new TenantCipher?[group.Count];
        for (var i = 0; i < group.Count; i++)
        {
            ciphers[i] = await keys.ForWritingAsync(group[i].Tenant, cancel);
        }

        return await _connections.WriteAsync(connection =>
        {
            // There is one writer, so what the check finds is still true when the rows are written.
            using var statements = new SqliteCommit(connection);
            var now = Microseconds(time.GetUtcNow());
            var usage = new Dictionary<(int Tenant, string Meter), long>();
            var outcomes = new CommitOutcome[group.Count];
            for (var i = 0; i < group.Count; i++)
            {
                var commit = group[i];
                if (ciphers[i] is not { } cipher)
                {
                    outcomes[i] = CommitOutcome.Refused(commit);
                    continue;
                }

                var tenant = Number(connection, commit.Tenant);
                var conflicts = statements.Conflicts(tenant, commit);
                if (conflicts.Count > 0)
                {
                    outcomes[i] = new CommitOutcome(false, conflicts);
                    continue;
                }

                foreach (var item in commit.Items)
                {
                    statements.Write(tenant, commit, item, cipher, now);
                }

                foreach (var used in commit.Usage)
                {
                    usage[(tenant, used.Meter)] = usage.GetValueOrDefault((tenant, used.Meter)) + used.Quantity;
                }

                outcomes[i] = CommitOutcome.Taken;
            }

            foreach (var ((tenant, meter), quantity) in usage)
            {
                statements.Use(tenant, meter, now, quantity);
            }

            statements.KeepCounters();
            return outcomes;
        }, cancel);
    }
}

/// <summary>The statements of one group, prepared once for it.</summary>
internal sealed class SqliteCommit : IDisposable
{
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _create;
    private readonly SqliteCommand _update;
    private readonly SqliteCommand _version;
    private readonly SqliteCommand _readText;
    private readonly SqliteCommand _readRange;
    private readonly SqliteCommand _dropText;
    private readonly SqliteCommand _dropRange;
    private readonly SqliteCommand _text;
    private readonly SqliteCommand _range;
    private readonly SqliteCommand _usage;
    private readonly SqliteCommand _counters;
    private readonly Dictionary<ResourceKeyInTenant, long> _rids = [];
    private long _rid;
    private long _seq;

    public SqliteCommit(SqliteConnection connection)
    {
        using (var counters = SqliteConnections.Command(connection, "select (select value from counter where name = 'rid'), (select value from counter where name = 'seq')"))
        using (var reader = counters.ExecuteReader())
        {
            reader.Read();
            (_rid, _seq) = (reader.GetInt64(0), reader.GetInt64(1));
        }

        SqliteCommand Prepare(string sql, int parameters)
        {
            var command = SqliteConnections.Command(connection, sql, Enumerable.Repeat<object?>(null, parameters));
            return command;
        }

        _find = Prepare("select rid, version from resource where tenant = $1 and type = $2 and id = $3", 3);
        _create = Prepare("insert into resource (tenant, type, id, rid, version, last_updated, deleted) values ($1, $2, $3, $4, 1, $5, 0)", 5);
        _update = Prepare("update resource set version = $4, last_updated = $5, deleted = $6 where tenant = $1 and type = $2 and id = $3", 6);
        _version = Prepare("insert into version (rid, version, tenant, type, id, seq, kind, last_updated, body, command, agent, address, request_id, reason, committed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)", 15);
        _readText = Prepare("select rowid, param, key from index_text where rid = $1", 1);
        _readRange = Prepare("select rowid, param, key, low, high from index_range where rid = $1", 1);
        _dropText = Prepare("delete from index_text where rowid = $1", 1);
        _dropRange = Prepare("delete from index_range where rowid = $1", 1);
        _text = Prepare("insert into index_text (tenant, param, key, rid) values ($1, $2, $3, $4)", 4);
        _range = Prepare("insert into index_range (tenant, param, key, low, high, rid) values ($1, $2, $3, $4, $5, $6)", 6);
        _usage = Prepare("insert into usage (tenant, meter, at, seq, quantity) values ($1, $2, $3, $4, $5)", 5);
        _counters = Prepare("update counter set value = case name when 'rid' then $1 else $2 end", 2);
    }

    /// <summary>The resources whose version is not the expected one.</summary>
    public IReadOnlyList<ResourceId> Conflicts(int tenant, RecordCommit commit)
    {
        List<ResourceId>? conflicts = null;
        foreach (var item in commit.Items)
        {
            Bind(_find, tenant, item.Type, item.Id);
            using var reader = _find.ExecuteReader();
            var (rid, version) = reader.Read() ? (reader.GetInt64(0), reader.GetInt64(1)) : (0L, 0L);
            if (version != item.ExpectedVersion)
            {
                (conflicts ??= []).Add(new ResourceId(item.Type, item.Id));
            }
            else
            {
                _rids[new ResourceKeyInTenant(tenant, item.Type, item.Id)] = rid;
            }
        }

        return conflicts ?? (IReadOnlyList<ResourceId>)[];
    }

    /// <summary>Writes one new version that <see cref="Conflicts"/> found no objection to.</summary>
    public void Write(int tenant, RecordCommit commit, CommitItem item, TenantCipher cipher, long now)
    {
        var rid = _rids[new ResourceKeyInTenant(tenant, item.Type, item.Id)];
        var updated = (item.LastUpdated - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        if (item.ExpectedVersion == 0)
        {
            rid = ++_rid;
            Run(_create, tenant, item.Type, item.Id, rid, updated);
        }
        else
        {
            Run(_update, tenant, item.Type, item.Id, item.ExpectedVersion + 1, updated, item.Kind == WriteKind.Delete ? 1 : 0);
        }

        var caller = commit.Caller;
        Run(_version, rid, item.ExpectedVersion + 1, tenant, item.Type, item.Id, ++_seq, (int)item.Kind, updated, cipher.Seal(item), commit.CommandId.ToByteArray(), caller.Agent, caller.Address, caller.RequestId, caller.Reason, now);
        WriteIndex(tenant, rid, item);
    }

    /// <summary>Most entries of a resource outlive an update, so only the difference is written.</summary>
    private void WriteIndex(int tenant, long rid, CommitItem item)
    {
        var text = item.ExpectedVersion == 0 ? [] : Former(_readText, rid, static reader => new TextIndexEntry(reader.GetInt32(1), reader.GetString(2)));
        var range = item.ExpectedVersion == 0 ? [] : Former(_readRange, rid, static reader => new RangeIndexEntry(reader.GetInt32(1), reader.GetString(2), reader.GetDouble(3), reader.GetDouble(4)));
        foreach (var entry in item.Text.Where(entry => !text.Remove(entry)))
        {
            Run(_text, tenant, entry.Parameter, entry.Key, rid);
        }

        foreach (var entry in item.Range.Where(entry => !range.Remove(entry)))
        {
            Run(_range, tenant, entry.Parameter, entry.Key, entry.Low, entry.High, rid);
        }

        foreach (var row in text.Values)
        {
            Run(_dropText, row);
        }

        foreach (var row in range.Values)
        {
            Run(_dropRange, row);
        }
    }

    private static Dictionary<T, long> Former<T>(SqliteCommand command, long rid, Func<SqliteDataReader, T> entry)
        where T : notnull
    {
        Bind(command, rid);
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<T, long>();
        while (reader.Read())
        {
            rows[entry(reader)] = reader.GetInt64(0);
        }

        return rows;
    }

    /// <summary>Writes one usage row.</summary>
    public void Use(int tenant, string meter, long at, long quantity) => Run(_usage, tenant, meter, at, ++_seq, quantity);

    /// <summary>Keeps the last numbers given out.</summary>
    public void KeepCounters() => Run(_counters, _rid, _seq);

    public void Dispose()
    {
        foreach (var command in new[] { _find, _create, _update, _version, _readText, _readRange, _dropText, _dropRange, _text, _range, _usage, _counters })
        {
            command.Dispose();
        }
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        Bind(command, values);
        command.ExecuteNonQuery();
    }

    private static void Bind(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
    }

    private readonly record struct ResourceKeyInTenant(int Tenant, string Type, string Id);
}
