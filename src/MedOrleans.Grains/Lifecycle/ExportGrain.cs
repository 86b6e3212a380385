using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

/// <summary>Takes the snapshots of one hospital's exports, one after the other; all that it knows is in the store.</summary>
[HospitalPool]
internal sealed partial class ExportGrain(IRecordStores stores, TimeProvider time, ILogger<ExportGrain> logger) : Grain, IExportGrain
{
    public async Task ContinueAsync()
    {
        var tenant = TenantId.Parse(this.GetPrimaryKeyString());
        if (await stores.ForAsync(tenant, CancellationToken.None) is not { } store)
        {
            return;
        }

        foreach (var export in await store.ExportsAsync(tenant, CancellationToken.None))
        {
            if (export.Expires < time.GetUtcNow())
            {
                await store.DropExportAsync(tenant, export.Id, CancellationToken.None);
            }
            else if (export.Taken is null)
            {
                await store.TakeExportAsync(tenant, export.Id, CancellationToken.None);
                LogTaken(logger, tenant, export.Id);
            }
        }
    }
}
