using MedOrleans.Connections;
using MedOrleans.Gateway.Hl7.Messages;
using Microsoft.Extensions.Hosting;

namespace MedOrleans.Gateway.Hl7.Outbound;

/// <summary>The feeds of a gateway: every gateway of a cluster is ready to tell each subscriber, and one at a time does.</summary>
/// <param name="options">The subscribers.</param>
/// <param name="certificates">The certificates of those that have them.</param>
/// <param name="services">What telling needs.</param>
internal sealed class Hl7Feeds(Hl7Options options, Hl7Certificates certificates, FeedServices services) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>Sends a message that was put aside once more, over a connection of its own.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="task">The message.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>What came of it; null where this gateway knows no such subscriber.</returns>
    public async Task<Delivery?> SendAgainAsync(TenantId tenant, UndeliveredTask task, CancellationToken cancel)
    {
        if (options.Subscribers.FirstOrDefault(subscriber => subscriber.Tenant == tenant.Value && subscriber.Name == task.Subscriber) is not { } subscriber)
        {
            return null;
        }

        await using var line = new SubscriberLine(subscriber, certificates.Of(subscriber), services.Logger);
        var delivery = await line.SendAsync(task.Text, cancel);
        if (delivery.Code is { } code)
        {
            services.Instruments.Sent(subscriber, Hl7Message.Parse(task.Text).Event, code);
        }

        return delivery;
    }

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Not before the cluster can be asked.
        _telling = Task.WhenAll(options.Subscribers.Select(async subscriber =>
        {
            await using var feed = new Hl7Feed(subscriber, certificates.Of(subscriber), services);
            await feed.RunAsync(_stop.Token);
        }));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // While the cluster can still be told how far it came.
        await _stop.CancelAsync();
        await _telling.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();
}

/// <summary>The certificates that connections to subscribers prove themselves by, by hospital and subscriber.</summary>
internal sealed class Hl7Certificates : Dictionary<(string Tenant, string Name), TlsCertificates>
{
    /// <summary>Those of a subscriber; null where it has none.</summary>
    public TlsCertificates? Of(Hl7SubscriberOptions subscriber) => this.GetValueOrDefault((subscriber.Tenant, subscriber.Name));
}
