using System.Net;
using System.Net.Sockets;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>Starting, stopping, starting again, and not starting.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("medorleans-start-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Serve_StoppedAndStartedAgain_HasTenantsAndRecordsAsBefore()
    {
        string id, clientId, secret;
        await using (var first = await HostProcess.StartAsync(dataFolder: _data))
        {
            using var north = await first.CreateTenantAsync("north");
            (clientId, secret) = (north.ClientId, north.ClientSecret);
            id = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await HostProcess.StartAsync(dataFolder: _data);
        using var client = await second.AuthorizedAsync(clientId, secret, null);
        using var administrator = await second.OperatorAsync();

        Assert.Equal("Lindgren", await Hospital.FamilyAsync(client, "north", id));
        Assert.Equal("north", (await Hospital.GetAsync(administrator, "/admin/tenants")).GetProperty("tenants")[0].GetProperty("tenant").GetString());
        Assert.Equal(0, await second.StopAsync());
    }

    [Fact]
    public async Task Serve_FirstStart_KeepsTheOperatorsCredentialFromOtherUsers()
    {
        await using var host = await HostProcess.StartAsync(dataFolder: _data);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_data, "operator.json")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_data));
        }
    }

    [Fact]
    public async Task Serve_OperatorSecretFile_IsTheOperatorsSecretAndNoneIsWritten()
    {
        var file = Path.Combine(_data, "secret");
        await File.WriteAllTextAsync(file, "an operator's own long secret\n");
        await using var host = await HostProcess.StartAsync(dataFolder: _data, settings: new Dictionary<string, string> { ["MEDORLEANS__Security__OperatorSecretFile"] = file });

        using var administrator = await host.AuthorizedAsync("operator", "an operator's own long secret", "operator");

        Assert.Equal(0, (await Hospital.GetAsync(administrator, "/admin/tenants")).GetProperty("tenants").GetArrayLength());
        Assert.False(File.Exists(Path.Combine(_data, "operator.json")));
    }

    [Theory]
    [InlineData("short", "holds less than 20 characters")]
    [InlineData(null, "cannot be read")]
    public async Task Serve_OperatorSecretFileThatIsNone_EndsWithItsKey(string? secret, string mistake)
    {
        var file = Path.Combine(_data, "secret");
        if (secret is not null)
        {
            await File.WriteAllTextAsync(file, secret);
        }

        var (code, error) = await HostProcess.RunAsync(["--data", _data, .. Addresses()], new Dictionary<string, string>(ClusterPorts()) { ["MEDORLEANS__Security__OperatorSecretFile"] = file });

        Assert.Equal(2, code);
        Assert.Contains($"MedOrleans:Security:OperatorSecretFile: {file} {mistake}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DataFolderOfARunningHost_EndsWithItsKey()
    {
        await using var host = await HostProcess.StartAsync(dataFolder: _data);

        var (code, error) = await HostProcess.RunAsync(["--data", _data, .. Addresses()], ClusterPorts());

        Assert.Equal(2, code);
        Assert.Equal($"MedOrleans:DataFolder: another process uses {_data}.", error.TrimEnd());
    }

    [Fact]
    public async Task Serve_WrongSettings_EndsWithEveryMistake()
    {
        var (code, error) = await HostProcess.RunAsync(
            ["--data", _data, "--http", "here"],
            new Dictionary<string, string> { ["MEDORLEANS__StopLimit"] = "01:00:00", ["MEDORLEANS__Fhir__MaxCount"] = "0", ["MEDORLEANS__Security__Issuer"] = "" });

        Assert.Equal(2, code);
        Assert.Equal(
            ["MedOrleans:Fhir:MaxCount", "MedOrleans:Http:Address", "MedOrleans:Security:Issuer", "MedOrleans:StopLimit"],
            error.TrimEnd().Split('\n').Select(line => line[..line.IndexOf(": ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Serve_PortTaken_EndsWithItsKey()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (code, error) = await HostProcess.RunAsync(["--data", _data, "--http", $"http://{taken.LocalEndpoint}", "--management", Addresses()[3]], ClusterPorts());

        Assert.Equal(2, code);
        Assert.StartsWith($"MedOrleans:Http:Address: {taken.LocalEndpoint} is taken", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_DatabaseOutOfReach_EndsWithOneLine()
    {
        var nobody = HostProcess.FreePorts(1)[0];

        var (code, error) = await HostProcess.RunAsync(
            ["--data", _data, "--connection", $"Host=127.0.0.1;Port={nobody};Username=medorleans;Password=secret;Timeout=2", .. Addresses()],
            new Dictionary<string, string>(ClusterPorts()) { ["MEDORLEANS__DatabaseWait"] = "00:00:01" });

        Assert.Equal(1, code);
        Assert.StartsWith("The host cannot start: ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_MasterKeyMissingOrAnother_EndsWithItsKey()
    {
        await using (var first = await HostProcess.StartAsync(dataFolder: _data))
        {
            using var north = await first.CreateTenantAsync("north");
            await Hospital.CreatedAsync(north.Client, "north", "Lindgren");
            await first.StopAsync();
        }

        var file = Path.Combine(_data, "master.key");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        var key = await File.ReadAllTextAsync(file);
        File.Delete(file);
        var (code, error) = await HostProcess.RunAsync(["--data", _data, .. Addresses()], ClusterPorts());
        Assert.Equal(2, code);
        Assert.StartsWith($"MedOrleans:Security:MasterKeyFile: there is no file {file}", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.False(File.Exists(file));

        await File.WriteAllTextAsync(file, Convert.ToBase64String(new byte[32]));
        (code, error) = await HostProcess.RunAsync(["--data", _data, .. Addresses()], ClusterPorts());
        Assert.Equal(2, code);
        Assert.StartsWith($"MedOrleans:Security:MasterKeyFile: {file} holds the master key ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, key);
        await using var again = await HostProcess.StartAsync(dataFolder: _data);
        Assert.Equal(0, await again.StopAsync());
    }

    private static string[] Addresses() => HostProcess.FreePorts(2) is [var http, var management]
        ? ["--http", $"http://127.0.0.1:{http}", "--management", $"http://127.0.0.1:{management}"]
        : [];

    private static Dictionary<string, string> ClusterPorts() => HostProcess.FreePorts(2) is [var silo, var gateway]
        ? new() { ["MEDORLEANS__Cluster__SiloPort"] = $"{silo}", ["MEDORLEANS__Cluster__GatewayPort"] = $"{gateway}" }
        : [];
}
