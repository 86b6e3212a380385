using System.Net.Sockets;
using System.Text;

namespace MedOrleans.IntegrationTests.Deployment;

/// <summary>The systemd unit, and what the process tells systemd.</summary>
public sealed class SystemdTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-systemd-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Unit_BySystemdAnalyze_HasNoMistake() => Assert.Equal("", await VerifyAsync(static unit => unit));

    [Theory]
    [InlineData("KillMode=mixed", "KillMode=gently", "Failed to parse kill mode")]
    [InlineData("Restart=always", "Restrat=always", "'Restrat' in section")]
    [InlineData("/opt/medorleans/medorleans serve", "/opt/medorleans/medorlean serve", "is not executable")]
    public async Task Unit_WithAMistake_IsFound(string right, string wrong, string complaint) =>
        Assert.Contains(complaint, await VerifyAsync(unit => unit.Replace(right, wrong, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public async Task Unit_BySystemdsReckoning_IsHardlyExposed()
    {
        var (code, output) = await Tool.RunAsync("systemd-analyze", ["security", "--offline=true", "--threshold=15", ShippedFiles.Path("systemd", "medorleans@.service")]);

        Assert.True(code == 0, output);
        Assert.Contains("Overall exposure level for medorleans@", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_UnderSystemd_SaysWhenItIsReadyAndWhenItStops()
    {
        var path = Path.Combine(_folder, "notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(path));
        systemd.ReceiveTimeout = 30_000;

        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path });
        Assert.Equal("READY=1", Heard(systemd));
        Assert.Equal(0, await host.StopAsync());

        Assert.Equal("STOPPING=1", Heard(systemd));
    }

    private static string Heard(Socket systemd)
    {
        var message = new byte[256];
        return Encoding.ASCII.GetString(message, 0, systemd.Receive(message)).Trim();
    }

    // In a root of its own with the program that it starts: verify asks whether that is there.
    private async Task<string> VerifyAsync(Func<string, string> change)
    {
        var units = Directory.CreateDirectory(Path.Combine(_folder, "etc", "systemd", "system")).FullName;
        var program = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "opt", "medorleans")).FullName, "medorleans");
        await File.WriteAllTextAsync(program, "#!/bin/sh\n");
        var (copied, trouble) = await Tool.RunAsync("sh", ["-c", $"mkdir -p '{_folder}/usr/lib/systemd' && cp -r /usr/lib/systemd/system '{_folder}/usr/lib/systemd/' && chmod +x '{program}'"]);
        Assert.True(copied == 0, trouble);
        await File.WriteAllTextAsync(Path.Combine(units, "medorleans@.service"), change(await File.ReadAllTextAsync(ShippedFiles.Path("systemd", "medorleans@.service"))));
        var (code, output) = await Tool.RunAsync("systemd-analyze", ["verify", $"--root={_folder}", "medorleans@cluster-silo.service"]);
        return code == 0 ? output.Trim() : $"exit code {code}: {output}";
    }
}
