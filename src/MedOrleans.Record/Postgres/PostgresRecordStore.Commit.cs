using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;
using Npgsql;

namespace MedOrleans.Record.Postgres;

internal sealed partial class PostgresRecordStore
{
    private const int DeadlockRetries = 5;

    public Task<CommitOutcome[]> CommitAsync(IReadOnlyList<RecordCommit> group, CancellationToken cancel) => PostgresErrors.GuardAsync(async () =>
    {
        var tenants = new int[group.Count];
        var ciphers = new TenantCipher?[group.Count];
        var outcomes = new CommitOutcome[group.Count];
        for (var i = 0; i < group.Count; i++)
        {
            tenants[i] = await NumberAsync(group[i].Tenant, cancel);
            ciphers[i] = await _keys.ForWritingAsync(group[i].Tenant, cancel);
            if (ciphers[i] is null)
            {
                outcomes[i] = CommitOutcome.Refused(group[i]);
            }
        }

        await using var connection = await _commits.OpenConnectionAsync(cancel);
        foreach (var (start, count) in CommitGroups.Split(group))
        {
            var pending = Enumerable.Range(start, count).Where(position => ciphers[position] is not null).ToList();
            for (var deadlocks = 0; pending.Count > 0;)
            {
                try
                {
                    var refused = await TryCommitAsync(connection, group, pending, tenants, ciphers, cancel);
                    refused.ForEach(position => outcomes[position.Position] = new CommitOutcome(false, position.Conflicts));
                    pending.RemoveAll(position => outcomes[position].Conflicts is { Count: > 0 });
                    if (refused.TrueForAll(commit => group[commit.Position].Items.Count == 1))
                    {
                        pending.ForEach(position => outcomes[position] = CommitOutcome.Taken);
                        break;
                    }
                }
                catch (PostgresException e) when (PostgresErrors.IsDeadlock(e) && deadlocks < DeadlockRetries)
                {
                    deadlocks++;
                }
            }
        }

        return outcomes;
    });

    /// <summary>
    /// Runs the statement over <paramref name="pending"/> and says which commits were refused. Where a commit of several items was
    /// among the refused nothing is committed, and the others have to be tried again without it.
    /// </summary>
    private static async Task<List<(int Position, List<ResourceId> Conflicts)>> TryCommitAsync(
        NpgsqlConnection connection, IReadOnlyList<RecordCommit> group, List<int> pending, int[] tenants, TenantCipher?[] ciphers, CancellationToken cancel)
    {
        // A single statement is a transaction of its own; only a commit of several items can be taken in part and needs the way back.
        var transaction = pending.Exists(position => group[position].Items.Count > 1) ? await connection.BeginTransactionAsync(cancel) : null;
        await using (transaction)
        {
            await using var command = PostgresCommit.Create(connection, group, pending, tenants, ciphers);
            var taken = new bool[pending.Sum(position => group[position].Items.Count)];
            await using (var reader = await command.ExecuteReaderAsync(cancel))
            {
                while (await reader.ReadAsync(cancel))
                {
                    taken[reader.GetInt32(0)] = true;
                }
            }

            var refused = new List<(int, List<ResourceId>)>();
            var partly = false;
            var ord = 0;
            foreach (var position in pending)
            {
                List<ResourceId>? conflicts = null;
                foreach (var item in group[position].Items)
                {
                    if (!taken[ord++])
                    {
                        (conflicts ??= []).Add(new ResourceId(item.Type, item.Id));
                    }
                }

                if (conflicts is not null)
                {
                    refused.Add((position, conflicts));
                    partly |= group[position].Items.Count > 1;
                }
            }

            if (transaction is not null && !partly)
            {
                await transaction.CommitAsync(cancel);
            }

            return refused;
        }
    }
}
