namespace MedOrleans.Cluster;

/// <summary>Does what is to be done for a hospital's bulk exports, for the cluster's own processes. The key is the tenant.</summary>
[Alias("MedOrleans.IExportGrain")]
public interface IExportGrain : IGrainWithStringKey
{
    /// <summary>Takes the snapshots that are still to be taken and drops what has expired. What a crash leaves undone, the next call does.</summary>
    [Alias("Continue")]
    Task ContinueAsync();
}
