namespace MedOrleans.IntegrationTests.Deployment;

/// <summary>The files of <c>silo-config</c>, as they are shipped.</summary>
internal static class ShippedFiles
{
    /// <summary>The path of one.</summary>
    public static string Path(params string[] names) => System.IO.Path.Combine([AppContext.BaseDirectory, "silo-config", .. names]);
}
