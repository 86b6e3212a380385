namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Certificates of a cluster, by <c>medorleans tls create</c>.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private CertificateFolder(string path) => Path = path;

    /// <summary>Where they are.</summary>
    public string Path { get; }

    /// <summary>Makes an authority and certificates.</summary>
    public static async Task<CertificateFolder> CreateAsync()
    {
        var folder = new CertificateFolder(Directory.CreateTempSubdirectory("medorleans-certificates-").FullName);
        await folder.RenewAsync();
        return folder;
    }

    /// <summary>Certifies again by the same authority.</summary>
    public async Task RenewAsync()
    {
        var (code, _, error) = await HostProcess.CommandAsync(["tls", "create", "--out", Path]);
        if (code != 0)
        {
            throw new InvalidOperationException(error);
        }
    }

    /// <summary>A file of a part: <c>tls.crt</c>, <c>tls.key</c> or <c>ca.crt</c>.</summary>
    public string File(string part, string name) => System.IO.Path.Combine(Path, part, name);

    /// <summary>The settings of a process, by environment name.</summary>
    public Dictionary<string, string> Settings(string part) => new()
    {
        ["MEDORLEANS__Cluster__Tls__CertificateFile"] = File(part, "tls.crt"),
        ["MEDORLEANS__Cluster__Tls__KeyFile"] = File(part, "tls.key"),
        ["MEDORLEANS__Cluster__Tls__AuthorityFile"] = File(part, "ca.crt"),
    };

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
