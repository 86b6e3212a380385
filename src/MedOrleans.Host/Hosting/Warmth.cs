using MedOrleans.Record.Fhir;
using Microsoft.Extensions.Hosting;

namespace MedOrleans.Host.Hosting;

/// <summary>Lets a gateway read its first resources before it listens: whoever came first would wait for it.</summary>
internal sealed class Warmth(ResourceReader reader) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        reader.Warm();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
