namespace MedOrleans.Cluster;

/// <summary>Carries a hospital's deletion out, for the cluster's own processes. The key is the tenant.</summary>
[Alias("MedOrleans.IDeletionGrain")]
public interface IDeletionGrain : IGrainWithStringKey
{
    /// <summary>Goes on for some seconds with a deletion that has been decided. What a crash leaves undone, the next call does.</summary>
    [Alias("Continue")]
    Task ContinueAsync();
}
