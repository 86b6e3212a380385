using System.Collections.Frozen;

namespace MedOrleans.Record.Store;

/// <summary>The stores of all configured databases.</summary>
internal sealed class RecordStores(RecordStoresOptions options, ITenantDirectory directory, IEnumerable<IRecordStore> stores) : IRecordStores
{
    private readonly FrozenDictionary<string, IRecordStore> _byName = stores.ToFrozenDictionary(store => store.Name, StringComparer.Ordinal);

    public IReadOnlyList<RecordDatabase> Databases { get; } =
        [.. options.Databases.Select(database => new RecordDatabase(database.Key, database.Value.Pool))];

    public IRecordStore Named(string database) => _byName.TryGetValue(database, out var store)
        ? store
        : throw new RecordStoreException($"There is no database '{database}' in MedOrleans:Record:Databases.", isTransient: false);

    public async ValueTask<IRecordStore?> ForAsync(TenantId tenant, CancellationToken cancel) =>
        await directory.FindAsync(tenant, cancel) is { } found ? Named(found.Database) : null;
}
