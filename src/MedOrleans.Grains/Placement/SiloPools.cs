using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace MedOrleans.Grains.Placement;

/// <summary>The pool that this silo is labelled for.</summary>
internal sealed record SiloLabel(string Pool);

/// <summary>The pools that the silos which are alive are labelled for.</summary>
/// <remarks>Orleans' services are asked for when they are needed: some of them need the directory cache, which needs this.</remarks>
internal sealed class SiloPools(SiloLabel own, IServiceProvider services)
{
    /// <summary>The name of the label in a silo's metadata.</summary>
    public const string MetadataKey = "medorleans.pool";

    private readonly Lazy<ISiloStatusOracle> _status = new(services.GetRequiredService<ISiloStatusOracle>);
    private readonly Lazy<ISiloMetadataCache> _metadata = new(services.GetRequiredService<ISiloMetadataCache>);

    /// <summary>This silo's pool.</summary>
    public string Own => own.Pool;

    /// <summary>The silos that are alive.</summary>
    public IReadOnlyList<SiloAddress> Active => _status.Value.GetActiveSilos();

    /// <summary>A silo's pool; null where it is not known, and then no hospital is placed there.</summary>
    public string? PoolOf(SiloAddress silo) =>
        silo.Equals(_status.Value.SiloAddress) ? own.Pool : _metadata.Value.GetSiloMetadata(silo).Metadata.GetValueOrDefault(MetadataKey);

    /// <summary>This silo's address.</summary>
    public SiloAddress Self => _status.Value.SiloAddress;

    /// <summary>The silos of a pool that are alive.</summary>
    public IReadOnlyList<SiloAddress> Of(string pool) => [.. Active.Where(silo => PoolOf(silo) == pool)];

    /// <summary>Whether a silo of a pool is alive.</summary>
    public bool IsServed(string pool) => Of(pool).Count > 0;

    /// <summary>How many silos of each pool are alive.</summary>
    public Dictionary<string, int> Count() => Active.Select(PoolOf).OfType<string>().CountBy(pool => pool, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    /// <summary>A silo's address as people write it.</summary>
    public static string Name(SiloAddress silo) => silo.Endpoint.ToString();
}
