using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Grains.Encounters;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Grains.Wards;

/// <summary>
/// The encounters and beds of one step, held at their owners until it is decided. Whoever takes several takes them by type and id, as transactions do: so no two
/// wait for each other.
/// </summary>
internal sealed class HeldResources(IGrainFactory grains, TenantId tenant) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly Guid _hold = Guid.NewGuid();
    private readonly List<IResourceOwnerGrain> _owners = [];
    private readonly Dictionary<string, (StoredVersion? Version, JsonObject? Json)> _held = new(StringComparer.Ordinal);

    /// <summary>Holds a resource and reads it.</summary>
    public async Task HoldAsync(string type, string id)
    {
        var owner = Owner(type, id);
        _owners.Add(owner);
        _held[$"{type}/{id}"] = Read(await owner.HoldAsync(_hold, s_limit));
    }

    /// <summary>Holds resources in the order of their types and ids.</summary>
    public async Task HoldAsync(IEnumerable<ResourceId> ids)
    {
        foreach (var (type, id) in ids.Distinct().OrderBy(id => id.Type, StringComparer.Ordinal).ThenBy(id => id.Id, StringComparer.Ordinal))
        {
            await HoldAsync(type, id);
        }
    }

    /// <summary>Reads a Location, and holds it where it is a bed; the others change with no step.</summary>
    public async Task HoldPlaceAsync(string id)
    {
        var seen = await Owner("Location", id).ReadCurrentAsync();
        var read = Read(seen);
        if (read.Json is not null && Record.Wards.BedJson.IsBed(read.Json))
        {
            await HoldAsync("Location", id);
        }
        else
        {
            _held[$"Location/{id}"] = read;
        }
    }

    /// <summary>The version that was current; null where the resource was never made, or not asked for.</summary>
    public StoredVersion? Version(string type, string id) => _held.GetValueOrDefault($"{type}/{id}").Version;

    /// <summary>The resource, to be changed in place; null where it is not there.</summary>
    public JsonObject? Json(string type, string id) => _held.GetValueOrDefault($"{type}/{id}").Json;

    /// <summary>Whether the resource exists; it is not held.</summary>
    public async Task<bool> ExistsAsync(string type, string id) => ResourceKey.IsId(id) && await Owner(type, id).ReadCurrentAsync() is { Deleted: false };

    /// <summary>Lets everything go.</summary>
    public void Dispose()
    {
        foreach (var owner in _owners)
        {
            owner.ReleaseAsync(_hold).Ignore();
        }
    }

    private IResourceOwnerGrain Owner(string type, string id) => grains.GetOwner(new ResourceKey(tenant, type, id));

    private static (StoredVersion? Version, JsonObject? Json) Read(StoredVersion? version) =>
        (version, version is { Deleted: false } ? EncounterJson.Parse(version.Body) : null);
}
