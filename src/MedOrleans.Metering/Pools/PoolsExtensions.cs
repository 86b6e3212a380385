using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Metering.Pools;

/// <summary>Registers the pools of a process.</summary>
public static class PoolsExtensions
{
    /// <summary>Adds the limits of hospitals and what keeps them; needs metering, the record stores and a grain factory.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">How the process counts.</param>
    /// <param name="isSilo">Whether it has grains.</param>
    /// <param name="isGateway">Whether it takes requests.</param>
    /// <param name="pool">The pool that it is labelled for where it is a silo.</param>
    public static IServiceCollection AddPools(this IServiceCollection services, PoolOptions options, bool isSilo, bool isGateway, string pool)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton(new ProcessRole(isSilo, isGateway, pool));
        services.AddSingleton<PoolRegistry>();
        services.AddSingleton<PoolInstruments>();
        services.AddHostedService<PoolKeeper>();
        return services;
    }
}
