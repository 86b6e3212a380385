using System.Collections.Concurrent;
using Orleans.Metadata;

namespace MedOrleans.Grains.Placement;

/// <summary>The activations of this product's grains on this silo, by hospital.</summary>
internal sealed class OwnActivations(PlacedGrains grains) : IConfigureGrainTypeComponents
{
    /// <summary>In place of a hospital: the cluster's own grains.</summary>
    public const string Cluster = "";

    private readonly ConcurrentDictionary<string, Activations> _tenants = new(StringComparer.Ordinal);

    /// <summary>All activations that are here.</summary>
    public int Total => _tenants.Sum(tenant => tenant.Value.Count);

    /// <summary>The hospitals that have activations here, and <see cref="Cluster"/> where the cluster's own are.</summary>
    public IEnumerable<string> Tenants => _tenants.Where(tenant => tenant.Value.Count > 0).Select(tenant => tenant.Key);

    /// <summary>How many activations of a hospital are here.</summary>
    public int Count(string tenant) => _tenants.GetValueOrDefault(tenant)?.Count ?? 0;

    /// <summary>The activations of a hospital as they are now.</summary>
    public IReadOnlyList<IGrainContext> Of(string tenant) => _tenants.GetValueOrDefault(tenant)?.ToList() ?? [];

    /// <inheritdoc/>
    public void Configure(GrainType grainType, GrainProperties properties, GrainTypeSharedContext shared)
    {
        if (grains.Find(grainType) is not null)
        {
            shared.AddActivationSetup(Watch);
        }
    }

    private string OwnerOf(GrainId grain) => grains.Find(grain.Type)!.IsHospitals ? PoolMap.TenantOf(grain) : Cluster;

    private void Watch(IGrainContext context) =>
        context.ObservableLifecycle.Subscribe(nameof(OwnActivations), GrainLifecycleStage.First, new Entry(this, context));

    private void Add(IGrainContext context)
    {
        var tenant = OwnerOf(context.GrainId);
        while (!_tenants.GetOrAdd(tenant, static _ => new Activations()).TryAdd(context))
        {
            // The last one has just gone, and the set with it.
        }
    }

    private void Remove(IGrainContext context)
    {
        var tenant = OwnerOf(context.GrainId);
        if (_tenants.TryGetValue(tenant, out var activations) && activations.RemoveLast(context))
        {
            _tenants.TryRemove(KeyValuePair.Create(tenant, activations));
        }
    }

    /// <summary>An activation's way into the set and out of it.</summary>
    private sealed class Entry(OwnActivations all, IGrainContext context) : ILifecycleObserver
    {
        public Task OnStart(CancellationToken cancellationToken = default)
        {
            all.Add(context);
            return Task.CompletedTask;
        }

        public Task OnStop(CancellationToken cancellationToken = default)
        {
            all.Remove(context);
            return Task.CompletedTask;
        }
    }

    /// <summary>One hospital's activations; once the last has gone it takes no more.</summary>
    private sealed class Activations
    {
        private readonly Lock _sync = new();
        private readonly HashSet<IGrainContext> _contexts = new(ReferenceEqualityComparer.Instance);
        private bool _isOver;

        public int Count
        {
            get
            {
                lock (_sync)
                {
                    return _contexts.Count;
                }
            }
        }

        public bool TryAdd(IGrainContext context)
        {
            lock (_sync)
            {
                return !_isOver && (_contexts.Add(context) || true);
            }
        }

        public bool RemoveLast(IGrainContext context)
        {
            lock (_sync)
            {
                _contexts.Remove(context);
                return _isOver = _contexts.Count == 0;
            }
        }

        public List<IGrainContext> ToList()
        {
            lock (_sync)
            {
                return [.. _contexts];
            }
        }
    }
}
