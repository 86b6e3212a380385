namespace MedOrleans.IntegrationTests.Host;

/// <summary>One embedded host for a whole class of claims; a proxy on this machine is trusted.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    public HostProcess Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await HostProcess.StartAsync(
        settings: new Dictionary<string, string> { ["MEDORLEANS__Http__TrustedProxies__0"] = "127.0.0.1", ["MEDORLEANS__Record__DirectoryCache"] = "00:00:00" });

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
