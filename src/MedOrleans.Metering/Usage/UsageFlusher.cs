using MedOrleans.Record.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Metering.Usage;

/// <summary>
/// Flushes what this process counted, in batches that it numbers for each hospital and sends until they are applied. While one waits for
/// its database the hospital's counters just count on, so an outage costs no memory and loses nothing. Also rolls old usage up.
/// </summary>
internal sealed partial class UsageFlusher(
    UsageCounters counters, IRecordStores stores, MeteringOptions options, MeteringInstruments instruments, TimeProvider time, ILogger<UsageFlusher> logger)
    : BackgroundService
{
    private const int MostBatches = 500;

    /// <summary>Usage of the last hours stays as it came, for whoever looks closer.</summary>
    private static readonly TimeSpan s_untouched = TimeSpan.FromHours(2);

    private static readonly TimeSpan s_lastFlush = TimeSpan.FromSeconds(5);

    private readonly Guid _source = Guid.CreateVersion7();
    private readonly Dictionary<TenantId, Outbox> _outboxes = [];
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private long _rolledUp = time.GetTimestamp();

    /// <summary>Takes what has been counted and sends it, together with what waits from before.</summary>
    public async Task FlushAsync(CancellationToken cancel)
    {
        await _flushing.WaitAsync(cancel);
        try
        {
            Pack();
            foreach (var (store, batches) in await WaitingAsync(cancel))
            {
                foreach (var part in batches.Chunk(MostBatches))
                {
                    await SendAsync(store, part, cancel);
                }
            }
        }
        finally
        {
            _flushing.Release();
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(s_lastFlush, time);
        try
        {
            await FlushAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The database does not answer: what was counted since the last flush goes with the process.
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _flushing.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.FlushInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await FlushAsync(stoppingToken);
                if (time.GetElapsedTime(_rolledUp) >= options.RollUpInterval)
                {
                    _rolledUp = time.GetTimestamp();
                    await RollUpAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last flush is StopAsync's.
        }
    }

    private void Pack()
    {
        foreach (var (tenant, counted) in counters.All)
        {
            if (!_outboxes.TryGetValue(tenant, out var outbox))
            {
                _outboxes.Add(tenant, outbox = new Outbox());
            }

            if (outbox.Waiting is null && counted.Take() is { Count: > 0 } quantities)
            {
                outbox.Waiting = new UsageBatch { Tenant = tenant, Source = _source, Sequence = ++outbox.Last, Quantities = quantities };
                instruments.Counted(tenant, quantities);
            }
        }
    }

    private async Task<Dictionary<IRecordStore, List<UsageBatch>>> WaitingAsync(CancellationToken cancel)
    {
        var waiting = new Dictionary<IRecordStore, List<UsageBatch>>();
        foreach (var (tenant, outbox) in _outboxes)
        {
            if (outbox.Waiting is not { } batch)
            {
                continue;
            }

            IRecordStore? store;
            try
            {
                store = await stores.ForAsync(tenant, cancel);
            }
            catch (RecordStoreException)
            {
                // The directory cannot be reached now.
                continue;
            }

            if (store is null)
            {
                LogUnknown(logger, tenant);
                outbox.Waiting = null;
            }
            else
            {
                (waiting.TryGetValue(store, out var batches) ? batches : waiting[store] = []).Add(batch);
            }
        }

        return waiting;
    }

    private async Task SendAsync(IRecordStore store, UsageBatch[] batches, CancellationToken cancel)
    {
        try
        {
            var outcomes = await store.ApplyUsageAsync(batches, cancel);
            for (var i = 0; i < batches.Length; i++)
            {
                if (outcomes[i] == UsageBatchOutcome.UnknownTenant)
                {
                    LogUnknown(logger, batches[i].Tenant);
                }

                _outboxes[batches[i].Tenant].Waiting = null;
            }
        }
        catch (RecordStoreException e)
        {
            LogWaiting(logger, batches.Length, store.Name, e);
        }
    }

    private async Task RollUpAsync(CancellationToken cancel)
    {
        foreach (var database in stores.Databases)
        {
            var store = stores.Named(database.Name);
            try
            {
                await store.CompactUsageAsync(await store.TimeAsync(cancel) - s_untouched, cancel);
            }
            catch (RecordStoreException e)
            {
                LogNotRolledUp(logger, database.Name, e);
            }
        }
    }

    /// <summary>A hospital's batches: the last number given out, and the batch that is not known to be applied.</summary>
    private sealed class Outbox
    {
        public long Last { get; set; }

        public UsageBatch? Waiting { get; set; }
    }
}
