using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Metering.Usage;

/// <summary>Registers what counts usage in a process.</summary>
public static class MeteringExtensions
{
    /// <summary>
    /// Adds the counters and their flusher; needs the record stores. To be called before the servers are added: services stop in the opposite order, and the
    /// last flush comes when nothing counts any more.
    /// </summary>
    public static IServiceCollection AddMetering(this IServiceCollection services, MeteringOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<UsageCounters>();
        services.AddSingleton<MeteringInstruments>();
        services.AddSingleton<UsageFlusher>();
        services.AddHostedService(static provider => provider.GetRequiredService<UsageFlusher>());
        return services;
    }
}
