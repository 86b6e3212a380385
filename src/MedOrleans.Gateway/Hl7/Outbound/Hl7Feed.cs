using System.Text;
using MedOrleans.Connections;
using MedOrleans.Feeds;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;
using Orleans;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>What telling others needs.</summary>
internal sealed record FeedServices(
    IGrainFactory Grains, IRecordStores Stores, ITenantDirectory Tenants, MessageWriter Writer, ClusterRetry Retry, UsageCounters Usage, Hl7Instruments Instruments, TimeProvider Time, ILogger<Hl7Feed> Logger);

/// <summary>
/// Tells one subscriber of a hospital's changes, one message after the other in the order of their commits: so the order of each patient's holds. A message is sent until it is answered; one
/// that is answered with an error every time is put aside as a Task, and the next goes on. After a crash what was sent since the last note is sent once more, under the same control id.
/// </summary>
internal sealed partial class Hl7Feed(Hl7SubscriberOptions subscriber, TlsCertificates? certificates, FeedServices services) : IAsyncDisposable
{
    private const int Page = 100;
    private const int Note = 50;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_renew = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly Guid _holder = Guid.NewGuid();
    private readonly TenantId _tenant = TenantId.Parse(subscriber.Tenant);
    private readonly ChangeTeller _teller = new(subscriber, TenantId.Parse(subscriber.Tenant));
    private readonly SubscriberLine _line = new(subscriber, certificates, services.Logger);
    private long _position;
    private bool _isOut;

    /// <summary>The subscriber.</summary>
    public Hl7SubscriberOptions Subscriber => subscriber;

    private IFeedGrain Grain => services.Grains.GetGrain<IFeedGrain>($"{subscriber.Tenant}/{subscriber.Name}");

    /// <summary>Tells until it is ended.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await HoldAsync(cancel);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && (e is OperationCanceledException || ClusterRetry.IsTransient(e)))
            {
                LogStopped(services.Logger, subscriber.Name, subscriber.Tenant, e.GetType().Name);
            }
#pragma warning disable CA1031 // Nobody else would go on with it.
            catch (Exception e) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogFailed(services.Logger, e, subscriber.Name, subscriber.Tenant);
            }

            services.Instruments.Behind(subscriber, null);
            await Task.Delay(s_renew, services.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // Another need not wait for what nobody holds.
        await Grain.LeaveAsync(_holder).WaitAsync(s_renew, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _line.DisposeAsync();

    /// <summary>Takes hold of the feed, and tells for as long as the hold lasts.</summary>
    private async Task HoldAsync(CancellationToken cancel)
    {
        if ((await services.Tenants.FindAsync(_tenant, cancel))?.IsReadable(services.Time.GetUtcNow()) != true || await services.Stores.ForAsync(_tenant, cancel) is not { } store)
        {
            return;
        }

        var asked = services.Time.GetTimestamp();
        if (await Grain.TakeAsync(_holder) is not { } hold)
        {
            return;
        }

        var end = await store.FeedEndAsync(cancel);
        if (hold.Position is null || hold.Position > end)
        {
            // A new feed, or a record that is another one than before: what was there is nobody's news.
            await Grain.ResetAsync(_holder, end);
        }

        _position = hold.Position is { } known && known <= end ? known : end;
        LogHeld(services.Logger, subscriber.Name, subscriber.Tenant);
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var renewing = RenewAsync(asked, hold.Span, held);
        try
        {
            while (true)
            {
                var page = await services.Retry.RunAsync(() => store.ChangesAsync(_tenant, ChangeTeller.Types, _position, Page, held.Token), held.Token);
                await TellAsync(store, page, held.Token);
                if (page.Changes.Count == 0)
                {
                    services.Instruments.Behind(subscriber, TimeSpan.Zero);
                    await Task.Delay(s_look, services.Time, held.Token);
                }
            }
        }
        finally
        {
            await held.CancelAsync();
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)Grain.AdvanceAsync(_holder, _position).WaitAsync(s_renew, CancellationToken.None)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TellAsync(IRecordStore store, ChangePage page, CancellationToken cancel)
    {
        var sent = 0;
        foreach (var change in page.Changes)
        {
            services.Instruments.Behind(subscriber, services.Time.GetUtcNow() - change.Stored.LastUpdated);
            if (await services.Retry.RunAsync(() => _teller.TellAsync(store, change, cancel), cancel) is { } message)
            {
                await DeliverAsync(message, cancel);
                if (++sent % Note == 0)
                {
                    await Grain.AdvanceAsync(_holder, change.Sequence);
                }
            }

            _position = change.Sequence;
        }

        _position = page.Position;
        if (sent > 0)
        {
            await Grain.AdvanceAsync(_holder, _position);
        }
    }

    private async Task DeliverAsync(Outgoing message, CancellationToken cancel)
    {
        for (var (refusals, attempt) = (0, 0); ; attempt++)
        {
            var delivery = await _line.SendAsync(message.Text, cancel);
            if (delivery.Code is { } code)
            {
                services.Instruments.Sent(subscriber, message.Event, code);
                Count(message.Text.Length);
                if (_isOut)
                {
                    _isOut = false;
                    LogBack(services.Logger, subscriber.Name, subscriber.Tenant);
                }
            }

            if (delivery.IsTaken)
            {
                return;
            }

            if (delivery.Code is not null && ++refusals >= subscriber.Tries)
            {
                await PutAsideAsync(message, delivery, cancel);
                return;
            }

            if (delivery.Code is null && !_isOut)
            {
                _isOut = true;
                LogOut(services.Logger, subscriber.Name, subscriber.Tenant, delivery.Reason);
            }

            var pause = s_firstPause * Math.Pow(2, Math.Min(attempt, 10));
            await Task.Delay(pause < s_longestPause ? pause : s_longestPause, services.Time, cancel);
        }
    }

    private async Task PutAsideAsync(Outgoing message, Delivery delivery, CancellationToken cancel)
    {
        var id = UndeliveredTask.IdOf(_tenant, subscriber.Name, message.ControlId);
        var task = UndeliveredTask.Make(id, subscriber.Name, (message.Event, message.ControlId, message.Patient), message.Text, delivery.Answer, delivery.Reason, services.Time.GetUtcNow());

        // That it is there already was said before a crash. A hospital that takes no writes stops the feed here, and it goes on with this message.
        if (await services.Writer.KeepAsync(_tenant, null, task, null, new Caller($"hl7:{subscriber.Name}"), Encoding.UTF8.GetByteCount(message.Text), cancel) is { Again: false } refused)
        {
            throw new RecordStoreException($"The message cannot be put aside: {refused.Fault!.Display}.", isTransient: true);
        }

        services.Instruments.PutAside(subscriber);
        LogPutAside(services.Logger, subscriber.Name, subscriber.Tenant, id);
    }

    private void Count(int bytes)
    {
        services.Usage.For(_tenant).Add(Counted.Hl7Message);
        services.Usage.For(_tenant).Add(Counted.BytesOut, bytes);
    }

    /// <summary>Renews the hold, and ends the telling before it is over.</summary>
    private async Task RenewAsync(long asked, TimeSpan span, CancellationTokenSource held)
    {
        while (!held.IsCancellationRequested)
        {
            await Task.Delay(s_renew, services.Time, held.Token);
            var now = services.Time.GetTimestamp();
            var left = span - services.Time.GetElapsedTime(asked) - s_renew;
            try
            {
                if (left > TimeSpan.Zero && await Grain.AdvanceAsync(_holder, _position).WaitAsync(left, services.Time, held.Token))
                {
                    asked = now;
                    continue;
                }
            }
            catch (Exception e) when (ClusterRetry.IsTransient(e) && span - services.Time.GetElapsedTime(asked) > 2 * s_renew)
            {
                continue;
            }
            catch (Exception e) when (ClusterRetry.IsTransient(e))
            {
            }

            LogLost(services.Logger, subscriber.Name, subscriber.Tenant);
            await held.CancelAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Subscriber} of {Tenant} is told of changes from here.")]
    private static partial void LogHeld(ILogger logger, string subscriber, string tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subscriber} of {Tenant} is told from elsewhere, or later: the hold was not renewed in time.")]
    private static partial void LogLost(ILogger logger, string subscriber, string tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subscriber} of {Tenant} does not answer ({Reason}); messages wait for it.")]
    private static partial void LogOut(ILogger logger, string subscriber, string tenant, string? reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Subscriber} of {Tenant} answers again.")]
    private static partial void LogBack(ILogger logger, string subscriber, string tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subscriber} of {Tenant} would not take a message: it is put aside as Task/{Id}.")]
    private static partial void LogPutAside(ILogger logger, string subscriber, string tenant, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Subscriber} of {Tenant} is told no more for a moment: {Reason}.")]
    private static partial void LogStopped(ILogger logger, string subscriber, string tenant, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Subscriber} of {Tenant} cannot be told; it is tried again.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string subscriber, string tenant);
}
