using System.Collections.Concurrent;
using System.Threading.Channels;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Committing;

/// <summary>
/// The silo's committer: takes what its grains hand it and commits what has gathered as one group, while the next gathers. It never
/// waits for more to come, so a lone write is as fast as the store.
/// </summary>
internal sealed partial class RecordCommitter(
    CommitterOptions options, CommitterInstruments instruments, TimeProvider time, ILogger<RecordCommitter> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<Database>> _databases = new(StringComparer.Ordinal);

    /// <summary>How many commits wait for a database.</summary>
    public int Waiting => _databases.Values.Sum(static database => database.IsValueCreated ? database.Value.Waiting.Reader.Count : 0);

    /// <summary>Commits; returns once the outcome is durable.</summary>
    /// <exception cref="RecordUnavailableException">The outcome is unknown, or too much is waiting (nothing happened then).</exception>
    public Task<CommitOutcome> CommitAsync(IRecordStore store, RecordCommit commit)
    {
        var database = _databases.GetOrAdd(store.Name, static (_, all) => new Lazy<Database>(() => all.Committer.Start(all.Store)), (Committer: this, Store: store)).Value;
        if (database.Waiting.Reader.Count >= options.MaxWaiting)
        {
            LogOverloaded(logger, options.MaxWaiting, store.Name);
            return Task.FromException<CommitOutcome>(new RecordUnavailableException("Too many writes are waiting.", isTransient: true) { IsRefusal = true });
        }

        var pending = new Pending(commit);
        return database.Waiting.Writer.TryWrite(pending)
            ? pending.Done.Task
            : Task.FromException<CommitOutcome>(new RecordUnavailableException("The silo is stopping.", isTransient: true));
    }

    /// <summary>Takes nothing more and returns when everything taken is decided.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases.Values)
        {
            database.Value.Waiting.Writer.TryComplete();
            await Task.WhenAll(database.Value.Writers);
        }
    }

    private Database Start(IRecordStore store)
    {
        var waiting = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = options.WritersPerDatabase == 1 });
        return new Database(waiting, [.. Enumerable.Range(0, options.WritersPerDatabase).Select(_ => Task.Run(() => WriteAsync(store, waiting.Reader)))]);
    }

    private async Task WriteAsync(IRecordStore store, ChannelReader<Pending> waiting)
    {
        var group = new List<Pending>(options.MaxGroupCommits);
        while (await waiting.WaitToReadAsync())
        {
            long bytes = 0;
            while (group.Count < options.MaxGroupCommits && bytes < options.MaxGroupBytes && waiting.TryRead(out var pending))
            {
                group.Add(pending);
                foreach (var item in pending.Commit.Items)
                {
                    bytes += item.Body.Length;
                }
            }

            if (group.Count > 0)
            {
                await CommitAsync(store, group);
                group.Clear();
            }
        }
    }

    private async Task CommitAsync(IRecordStore store, List<Pending> group)
    {
        try
        {
            var start = time.GetTimestamp();
            var outcomes = await store.CommitAsync([.. group.Select(pending => pending.Commit)], CancellationToken.None);
            var duration = time.GetElapsedTime(start);
            long versions = 0;
            var conflicts = 0;
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i].Committed)
                {
                    versions += group[i].Commit.Items.Count;
                }
                else
                {
                    conflicts++;
                }

                group[i].Done.SetResult(outcomes[i]);
            }

            instruments.Committed(store.Name, group.Count, versions, conflicts, duration);
        }
#pragma warning disable CA1031 // Whatever went wrong, each caller must hear of it, and the loop must live.
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnknownOutcome(logger, group.Count, store.Name, e);
            instruments.Failed(store.Name, group.Count);
            var transient = e is not RecordStoreException { IsTransient: false };
            foreach (var pending in group)
            {
                pending.Done.TrySetException(new RecordUnavailableException("The record store failed.", transient));
            }
        }
    }

    private sealed record Database(Channel<Pending> Waiting, Task[] Writers);

    private sealed class Pending(RecordCommit commit)
    {
        public RecordCommit Commit { get; } = commit;

        public TaskCompletionSource<CommitOutcome> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
