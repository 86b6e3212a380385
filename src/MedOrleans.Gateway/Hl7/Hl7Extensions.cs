using MedOrleans.Gateway.Hl7.Mllp;
using MedOrleans.Gateway.Hl7.Outbound;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Gateway.Hl7;

/// <summary>HL7 v2 over MLLP at the edge.</summary>
public static class Hl7Extensions
{
    /// <summary>Registers what takes messages; the addresses are the host's to open.</summary>
    public static IServiceCollection AddHl7(this IServiceCollection services)
    {
        services.TryAddSingleton(new Hl7Options());
        services.AddSingleton<Hl7Instruments>();
        services.AddSingleton<MessageWriter>();
        services.AddSingleton<Hl7Intake>();
        services.AddSingleton(static provider => new MllpHandler(
            provider.GetRequiredService<Hl7Intake>(),
            provider.GetRequiredService<Hl7Options>(),
            provider.GetRequiredService<Hl7Instruments>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<MllpHandler>>()));
        services.AddSingleton<ReplayInteraction>();
        services.TryAddSingleton(new Hl7Certificates());
        services.AddSingleton<FeedServices>();
        services.AddSingleton<Hl7Feeds>();
        return services;
    }
}
