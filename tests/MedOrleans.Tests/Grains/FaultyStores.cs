using System.Collections.Concurrent;
using System.Reflection;
using MedOrleans.Record.Store;

namespace MedOrleans.Tests.Grains;

/// <summary>Stores that fail as machines do: a commit is lost before it is made, or its answer is lost after it was. Which, a seed decides.</summary>
internal static class FaultyStores
{
    /// <summary>Puts faults before stores.</summary>
    public static IRecordStores Over(IRecordStores stores, StoreFaults faults) => new Stores(stores, faults);

    private sealed class Stores(IRecordStores stores, StoreFaults faults) : IRecordStores
    {
        private readonly ConcurrentDictionary<string, IRecordStore> _faulty = new(StringComparer.Ordinal);

        public IReadOnlyList<RecordDatabase> Databases => stores.Databases;

        public IRecordStore Named(string database) => Faulty(stores.Named(database));

        public async ValueTask<IRecordStore?> ForAsync(TenantId tenant, CancellationToken cancel) => await stores.ForAsync(tenant, cancel) is { } store ? Faulty(store) : null;

        private IRecordStore Faulty(IRecordStore store) => _faulty.GetOrAdd(store.Name, _ =>
        {
            var proxy = DispatchProxy.Create<IRecordStore, StoreProxy>();
            ((StoreProxy)(object)proxy).Set(store, faults);
            return proxy;
        });
    }

    /// <summary>A store whose commits fail.</summary>
#pragma warning disable CA1852 // A proxy's class is derived from.
    internal class StoreProxy : DispatchProxy
    {
        private IRecordStore _store = null!;
        private StoreFaults _faults = null!;

        public void Set(IRecordStore store, StoreFaults faults) => (_store, _faults) = (store, faults);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name == nameof(IRecordStore.CommitAsync)
            ? CommitAsync((IReadOnlyList<RecordCommit>)args![0]!, (CancellationToken)args[1]!)
            : Call(targetMethod, _store, args);

        private async Task<CommitOutcome[]> CommitAsync(IReadOnlyList<RecordCommit> group, CancellationToken cancel)
        {
            var fault = _faults.Next();
            if (fault == StoreFault.LostBefore)
            {
                throw new RecordStoreException("The connection was lost before the commit.", isTransient: true);
            }

            var outcomes = await _store.CommitAsync(group, cancel);
            return fault == StoreFault.LostAfter ? throw new RecordStoreException("The connection was lost after the commit.", isTransient: true) : outcomes;
        }
    }

#pragma warning restore CA1852

    private static object? Call(MethodInfo method, object target, object?[]? args)
    {
        try
        {
            return method.Invoke(target, args);
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }
}

/// <summary>How a commit fails.</summary>
internal enum StoreFault
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Nothing is made.</summary>
    LostBefore,

    /// <summary>It is made, and nobody hears of it.</summary>
    LostAfter,
}

/// <summary>Decides which commits fail.</summary>
internal sealed class StoreFaults(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);

    /// <summary>How many commits of a hundred fail, half of them before and half after; none at first.</summary>
    public int Percent { get; set; }

    /// <summary>How many have failed.</summary>
    public int Count { get; private set; }

    /// <summary>What happens to the next commit.</summary>
    public StoreFault Next()
    {
        lock (_lock)
        {
            if (_random.Next(100) >= Percent)
            {
                return StoreFault.None;
            }

            Count++;
            return _random.Next(2) == 0 ? StoreFault.LostBefore : StoreFault.LostAfter;
        }
    }
}
