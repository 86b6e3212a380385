using System.Text.Json.Nodes;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Wards;

namespace MedOrleans.Record.Wards;

/// <summary>Finds the beds of a ward and reads them: who lies in which is in the beds themselves, so what one read gives is true at one moment.</summary>
public sealed class WardCensus(SearchQueryParser parser)
{
    /// <summary>The most places of one ward, and of one search.</summary>
    public const int MostPlaces = 1000;

    /// <summary>Orders names of places: numbers within them count as numbers, so that bed 9 comes before bed 10.</summary>
    public static IComparer<string> Names => NaturalOrder.Instance;

    // Ward, wing, corridor, room, bed.
    private const int Levels = 5;
    private const int Together = 50;

    /// <summary>The ids of the beds at or below a Location, in their order.</summary>
    public async Task<IReadOnlyList<string>> BedsAsync(IRecordStore store, TenantId tenant, string location, CancellationToken cancel)
    {
        var beds = new List<string>();
        if (await store.ReadAsync(new ResourceKey(tenant, "Location", location), cancel) is not { Deleted: false } top)
        {
            return beds;
        }

        if (BedJson.IsBed(Json(top)))
        {
            return [location];
        }

        var seen = new HashSet<string>(StringComparer.Ordinal) { location };
        var level = new List<string> { location };
        for (var depth = 0; depth < Levels && level.Count > 0; depth++)
        {
            var next = new List<string>();
            foreach (var parents in level.Chunk(Together))
            {
                foreach (var place in await ChildrenAsync(store, tenant, parents, cancel))
                {
                    // A place that is part of itself, by however many others, is met once.
                    if (seen.Count < MostPlaces && seen.Add(place.Id))
                    {
                        (BedJson.IsBed(Json(place)) ? beds : next).Add(place.Id);
                    }
                }
            }

            level = next;
        }

        return beds;
    }

    /// <summary>The beds at or below a Location as they were at one moment, by name.</summary>
    public async Task<IReadOnlyList<StoredVersion>> ReadAsync(IRecordStore store, TenantId tenant, string location, CancellationToken cancel) =>
        await ReadAsync(store, tenant, await BedsAsync(store, tenant, location, cancel), cancel);

    /// <summary>Beds as they were at one moment, by name; those that are no more are left out.</summary>
    public static async Task<IReadOnlyList<StoredVersion>> ReadAsync(IRecordStore store, TenantId tenant, IReadOnlyList<string> beds, CancellationToken cancel)
    {
        if (beds.Count == 0)
        {
            return [];
        }

        var read = await store.ReadManyAsync(tenant, [.. beds.Select(bed => new ResourceId("Location", bed))], cancel);
        return [.. read.Select(bed => (Bed: bed, Name: BedJson.Text(Json(bed)["name"]) ?? "")).OrderBy(pair => pair.Name, NaturalOrder.Instance).ThenBy(pair => pair.Bed.Id, StringComparer.Ordinal).Select(pair => pair.Bed)];
    }

    /// <summary>A bed of the census.</summary>
    public static BedStatus StatusOf(StoredVersion bed) => BedJson.StatusOf(bed.Id, bed.Version, Json(bed));

    private async Task<IReadOnlyList<StoredVersion>> ChildrenAsync(IRecordStore store, TenantId tenant, string[] parents, CancellationToken cancel)
    {
        var parsed = parser.Parse(tenant, "Location", [KeyValuePair.Create("partof", string.Join(',', parents.Select(parent => $"Location/{parent}")))]);
        return (await store.SearchAsync(parsed.Query! with { Count = MostPlaces }, cancel)).Matches;
    }

    private static JsonObject Json(StoredVersion stored) => JsonNode.Parse(stored.Body)!.AsObject();

    private sealed class NaturalOrder : IComparer<string>
    {
        public static NaturalOrder Instance { get; } = new();

        public int Compare(string? x, string? y) => string.CompareOrdinal(Padded(x!), Padded(y!));

        private static string Padded(string name)
        {
            var padded = new System.Text.StringBuilder(name.Length + 16);
            for (var i = 0; i < name.Length;)
            {
                var end = i;
                while (end < name.Length && char.IsAsciiDigit(name[end]))
                {
                    end++;
                }

                if (end > i)
                {
                    padded.Append(name[i..end].PadLeft(12, '0'));
                    i = end;
                }
                else
                {
                    padded.Append(name[i++]);
                }
            }

            return padded.ToString();
        }
    }
}
