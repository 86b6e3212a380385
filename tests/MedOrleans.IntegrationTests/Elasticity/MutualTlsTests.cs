using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MedOrleans.Connections;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>The ports of silos are no open doors: real processes that prove to each other who they are, and strangers who cannot.</summary>
public sealed class MutualTlsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Cluster_WithCertificates_ServesAndRefusesAndCountsStrangers()
    {
        using var certificates = await CertificateFolder.CreateAsync();
        using var others = await CertificateFolder.CreateAsync();
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2, certificates.Settings("gateway"), silo: certificates.Settings("silo"));

        var failures = await cluster.WorkThroughAsync(async _ =>
        {
            var silo = cluster.Silos[0];
            foreach (var port in new[] { silo.SiloPort, silo.SiloGateway })
            {
                Assert.True(await IsRefusedAsync(port, "not TLS at all"u8.ToArray()));
                Assert.False(await IsLetInAsync(port, null));
                Assert.False(await IsLetInAsync(port, Certificate(others, "silo")));
            }

            Assert.False(await IsLetInAsync(silo.SiloPort, Certificate(certificates, "client")));
            Assert.False(await IsLetInAsync(silo.SiloPort, Certificate(certificates, "gateway")));
            Assert.True(await IsLetInAsync(silo.SiloPort, Certificate(certificates, "silo")));
            Assert.True(await IsLetInAsync(silo.SiloGateway, Certificate(certificates, "client")));
        });

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures.Take(5)));
        var metrics = await MetricsAsync(cluster.Silos[0]);
        foreach (var refused in new[] { "silo no-handshake 1", "silo no-certificate 1", "silo stranger 1", "silo other-part 2", "gateway no-handshake 1", "gateway no-certificate 1", "gateway stranger 1" })
        {
            Assert.Contains(refused, metrics);
        }
    }

    [Fact]
    public async Task Gateway_OfAnotherAuthority_NeverReachesTheCluster()
    {
        using var certificates = await CertificateFolder.CreateAsync();
        using var others = await CertificateFolder.CreateAsync();
        var database = await postgres.NewDatabaseAsync();
        await using var silo = await HostProcess.StartAsync(database, settings: new Dictionary<string, string>(certificates.Settings("silo")) { ["MEDORLEANS__Role"] = "Silo" });

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await (await HostProcess.StartAsync(
            database, silo.DataFolder, new Dictionary<string, string>(others.Settings("gateway")) { ["MEDORLEANS__Role"] = "Gateway" }, TimeSpan.FromSeconds(8))).DisposeAsync());

        Assert.Contains(await MetricsAsync(silo), line => line.StartsWith("gateway no-handshake ", StringComparison.Ordinal) || line.StartsWith("gateway stranger ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Certificates_OfANewAuthority_TakeOverWithoutARestart()
    {
        using var before = await CertificateFolder.CreateAsync();
        using var after = await CertificateFolder.CreateAsync();
        using var old = Certificate(before, "silo");
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2, before.Settings("gateway"), silo: before.Settings("silo"));
        var both = await File.ReadAllTextAsync(before.File("silo", "ca.crt")) + await File.ReadAllTextAsync(after.File("silo", "ca.crt"));

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            // Both authorities are believed; then everybody has certificates of the new one; then the old one is not believed any more.
            await WriteAsync("ca.crt", _ => both);
            await UntilCountedAsync(cluster, "The files of MedOrleans:Cluster:Tls have changed", 1);
            await WriteAsync("tls.key", part => File.ReadAllText(after.File(part, "tls.key")));
            await WriteAsync("tls.crt", part => File.ReadAllText(after.File(part, "tls.crt")));
            await UntilCountedAsync(cluster, "The files of MedOrleans:Cluster:Tls have changed", 2);
            await WriteAsync("ca.crt", part => File.ReadAllText(after.File(part, "ca.crt")));
            await UntilCountedAsync(cluster, "The files of MedOrleans:Cluster:Tls have changed", 3);
            await SiloCluster.UntilAsync(written, 200);
            Assert.False(await IsLetInAsync(cluster.Silos[0].SiloPort, old));
            Assert.True(await IsLetInAsync(cluster.Silos[0].SiloPort, Certificate(after, "silo")));
        });

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures.Take(5)));
        var metrics = new List<string>();
        foreach (var process in cluster.Silos.Append(cluster.Gateway))
        {
            metrics.AddRange(await MetricsAsync(process));
        }

        // Connections made by the old certificates are closed, at whichever end sees it first.
        Assert.Contains(metrics, line => line.Contains(" withdrawn ", StringComparison.Ordinal));

        async Task WriteAsync(string name, Func<string, string> content)
        {
            foreach (var part in new[] { "silo", "gateway" })
            {
                await File.WriteAllTextAsync(before.File(part, name), content(part));
            }
        }
    }

    [Fact]
    public async Task Client_WithACertificate_CallsGrainsAndWithoutIsKeptOut()
    {
        using var certificates = await CertificateFolder.CreateAsync();
        await using var host = await HostProcess.StartAsync(settings: certificates.Settings("silo"));
        using var north = await host.CreateTenantAsync("north");
        var patient = await Hospital.CreatedAsync(north.Client, "north", "Lindgren");

        using (var client = Client(host, north, new TlsFiles { CertificateFile = certificates.File("client", "tls.crt"), KeyFile = certificates.File("client", "tls.key"), AuthorityFile = certificates.File("client", "ca.crt") }))
        {
            await client.StartAsync();
            var read = await client.Services.GetRequiredService<IGrainFactory>().GetPatient(TenantId.Parse("north"), patient).ReadAsync();
            Assert.Equal(1, read!.Version);
            await client.StopAsync();
        }

        using var stranger = Client(host, north, null);
        await Assert.ThrowsAnyAsync<Exception>(() => stranger.StartAsync());
    }

    [Theory]
    [InlineData("192.0.2.7", null, "MedOrleans:Cluster:AdvertisedAddress: 192.0.2.7 can be reached from other machines, and without certificates whoever reaches the silo's ports is let in")]
    [InlineData("192.0.2.7", "true", "MedOrleans:Cluster:SiloPort: 192.0.2.7:")]
    public async Task Serve_ReachableWithoutCertificates_StartsOnlyWhereItIsSaid(string address, string? open, string mistake)
    {
        var settings = new Dictionary<string, string> { ["MEDORLEANS__Cluster__AdvertisedAddress"] = address };
        if (open is not null)
        {
            settings["MEDORLEANS__Cluster__OpenPortsWithoutCertificates"] = open;
        }

        var (code, error) = await HostProcess.RunAsync(["--data", Path.Combine(Path.GetTempPath(), "medorleans-never")], settings);

        // Told so, it gets as far as the address, which is not this machine's.
        Assert.Equal(2, code);
        Assert.StartsWith(mistake, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_WithTheCertificateOfAnotherPart_EndsInALine()
    {
        using var certificates = await CertificateFolder.CreateAsync();

        var (code, error) = await HostProcess.RunAsync(["--data", Path.Combine(certificates.Path, "data")], certificates.Settings("client"));

        Assert.Equal(2, code);
        Assert.Contains("has not the DNS name silo.medorleans, which a process of role All needs.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsCreate_Again_KeepsTheAuthorityAndKeysToTheirOwner()
    {
        using var certificates = await CertificateFolder.CreateAsync();
        var authority = await File.ReadAllTextAsync(certificates.File("silo", "ca.crt"));
        using var first = Certificate(certificates, "silo");

        await certificates.RenewAsync();

        using var second = Certificate(certificates, "silo");
        Assert.Equal(authority, await File.ReadAllTextAsync(certificates.File("silo", "ca.crt")));
        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(certificates.File("silo", "tls.key")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(certificates.Path, "ca.key")));
        }
    }

    private static IHost Client(HostProcess host, TenantAccess hospital, TlsFiles? files)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.AddMedOrleansClient(options =>
        {
            options.Gateways.Add(host.SiloGateway.ToString());
            options.TokenEndpoint = new Uri($"http://{host.Http}/oauth2/token");
            (options.ClientId, options.ClientSecret, options.Tls, options.ConnectionTries) = (hospital.ClientId, hospital.ClientSecret, files, 2);
        });
        return builder.Build();
    }

    private static X509Certificate2 Certificate(CertificateFolder folder, string part) => X509Certificate2.CreateFromPemFile(folder.File(part, "tls.crt"), folder.File(part, "tls.key"));

    private static Task UntilCountedAsync(SiloCluster cluster, string line, int times) =>
        Eventually.TrueAsync(() => cluster.Silos.Append(cluster.Gateway).All(process => process.Output.Split(line).Length > times), TimeSpan.FromSeconds(30));

    /// <summary>Whether what is said leads to the connection's end.</summary>
    private static async Task<bool> IsRefusedAsync(IPEndPoint address, byte[] said)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address);
        await socket.GetStream().WriteAsync(said);
        return await EndsAsync(socket.GetStream());
    }

    /// <summary>Whether a certificate is let in: the other end of a refused one's connection closes it.</summary>
    private static async Task<bool> IsLetInAsync(IPEndPoint address, X509Certificate2? certificate)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address);
        await using var tls = new SslStream(socket.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "silo.medorleans",
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate!,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=silo.medorleans",
            });
            return !await EndsAsync(tls);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return false;
        }
    }

    // Orleans speaks first; nothing else comes without being asked for.
    private static async Task<bool> EndsAsync(Stream stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            return await stream.ReadAsync(new byte[1], limit.Token) == 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>What a process counts of refused connections: door, reason, number.</summary>
    private static async Task<List<string>> MetricsAsync(HostProcess process)
    {
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"http://{process.Management}/metrics"));
        return [.. text.Split('\n').Where(line => line.StartsWith("medorleans_connections_refused_total{", StringComparison.Ordinal))
            .Select(line => System.Text.RegularExpressions.Regex.Match(line, "door=\"([^\"]*)\",reason=\"([^\"]*)\".*} (\\d+)"))
            .Select(match => $"{match.Groups[1].Value} {match.Groups[2].Value} {match.Groups[3].Value}")];
    }
}
