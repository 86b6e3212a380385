using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using MedOrleans.IntegrationTests.Durability;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>What fails at 3 a.m., to real processes under load. Whatever it is, no acknowledged write is lost or there twice, and the bill is the committed work.</summary>
public sealed class FailureTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Silo_Killed_NoRequestFails()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 3);

        var failures = await cluster.WorkThroughAsync(async _ => await cluster.Silos[1].KillAsync());

        AssertNone(failures);
    }

    [Fact]
    public async Task Silo_Frozen_IsLeftBehindAndEndsWhenItWakes()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 3);
        var frozen = cluster.Silos[1];

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            await SignalAsync(frozen.Process, "STOP");
            await Eventually.TrueAsync(async () => (await cluster.ActivationsAsync()).Count == 2);
            await SiloCluster.UntilAsync(written, 200);
            await SignalAsync(frozen.Process, "CONT");
            await Eventually.TrueAsync(() => frozen.Process.HasExited);
        });

        AssertNone(failures);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Silos_CutFromEachOther_OneLeavesAndTheOthersServe(int silos)
    {
        await using var network = await TestNetwork.CreateAsync(silos);
        await using var server = await PrivatePostgres.StartAsync(network.Root);
        await using var cluster = await SiloCluster.StartAsync(server.ConnectionString, silos, launcher: network.Launcher, address: network.Address);

        var failures = await cluster.WorkThroughAsync(async _ =>
        {
            await network.CutAsync(0, 1);
            await Eventually.TrueAsync(() => cluster.Silos[0].Process.HasExited || cluster.Silos[1].Process.HasExited);
        });

        Assert.Equal(silos - 1, cluster.Silos.Count(silo => !silo.Process.HasExited));
        AssertNone([.. failures.Where(failure => !failure.Contains(": 503 ", StringComparison.Ordinal))]);
    }

    [Fact]
    public async Task Gateway_Killed_TheOtherServesOn()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var cluster = await SiloCluster.StartAsync(database, silos: 2);
        await using var other = await HostProcess.StartAsync(database, cluster.Silos[0].DataFolder, new Dictionary<string, string> { ["MEDORLEANS__Role"] = "Gateway" });
        using var administrator = await other.OperatorAsync();
        using var north = await cluster.Gateway.CreateTenantAsync("north");
        var written = new AcknowledgedWrites("north");
        using var failures = new CountingHandler();
        using var stop = new CancellationTokenSource();
        var lost = cluster.Write(written, north, failures, stop.Token);
        using var client = new HttpClient { BaseAddress = other.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", north.Token);
        var others = Enumerable.Range(100, 6).Select(writer => written.WriteAsync(client, writer, stop.Token)).ToList();
        await SiloCluster.UntilAsync(written, 400);

        await cluster.Gateway.KillAsync();

        // Its own clients saw their connections break; they come to the other.
        await Task.WhenAll(lost);
        await SiloCluster.UntilAsync(written, 300);
        await stop.CancelAsync();
        await Task.WhenAll(others);
        await written.VerifyAsync(client, administrator);
    }

    [Fact]
    public async Task Silo_KilledAndStartedAgainOnItsAddress_JoinsAtOnce()
    {
        var address = HostProcess.FreePorts(2) is [var silo, var gateway]
            ? new Dictionary<string, string> { ["MEDORLEANS__Cluster__SiloPort"] = $"{silo}", ["MEDORLEANS__Cluster__GatewayPort"] = $"{gateway}" } : [];
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2);
        var first = await cluster.AddSiloAsync(address);

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            await first.KillAsync();
            await cluster.AddSiloAsync(address);
            await Eventually.TrueAsync(async () => (await cluster.ActivationsAsync()).Count == 3);
        });

        AssertNone(failures);
    }

    [Fact]
    public async Task Silo_OnTheAddressOfARunningOne_IsRefusedInALine()
    {
        var database = await postgres.NewDatabaseAsync();
        var address = HostProcess.FreePorts(2) is [var silo, var gateway]
            ? new Dictionary<string, string> { ["MEDORLEANS__Role"] = "Silo", ["MEDORLEANS__Cluster__SiloPort"] = $"{silo}", ["MEDORLEANS__Cluster__GatewayPort"] = $"{gateway}" } : [];
        await using var first = await HostProcess.StartAsync(database, settings: address);

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(async () => await (await HostProcess.StartAsync(database, settings: address)).DisposeAsync());

        Assert.Contains("MedOrleans:Cluster:SiloPort: 127.0.0.1:", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is taken by another process", refused.Message, StringComparison.Ordinal);
        using var ready = await first.Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task Postgres_GoneForLongerThanGatewaysTry_Answers503WithRetryAfterAndIsFoundAgain()
    {
        await using var server = await PrivatePostgres.StartAsync();
        await using var cluster = await SiloCluster.StartAsync(server.ConnectionString, silos: 2, new Dictionary<string, string> { ["MEDORLEANS__Fhir__RetryFor"] = "00:00:02" });
        using var south = await cluster.Gateway.CreateTenantAsync("south");

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            await server.KillAsync();
            using var answer = await Hospital.CreateAsync(south.Client, "south", "Moreau");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
            await server.RestartAsync();
        });

        AssertNone([.. failures.Where(failure => !failure.Contains(": 503 ", StringComparison.Ordinal))]);
    }

    [Fact]
    public async Task Postgres_Restarted_NoRequestFails()
    {
        await using var server = await PrivatePostgres.StartAsync();
        await using var cluster = await SiloCluster.StartAsync(server.ConnectionString, silos: 2);

        var failures = await cluster.WorkThroughAsync(async _ =>
        {
            await server.KillAsync();
            await server.RestartAsync();
        });

        AssertNone(failures);
    }

    [Fact]
    public async Task Postgres_OutOfDisk_ReadsGoOnAndWritesDoOnceThereIsRoom()
    {
        await using var server = await PrivatePostgres.StartAsync();
        using var disk = await SmallDisk.MountAsync(megabytes: 96);
        await using var cluster = await SiloCluster.StartAsync(await server.CreateDatabaseAsync("small", disk.Folder), silos: 2, new Dictionary<string, string> { ["MEDORLEANS__Fhir__RetryFor"] = "00:00:01" });
        using var south = await cluster.Gateway.CreateTenantAsync("south");
        var patient = await Hospital.CreatedAsync(south.Client, "south", "Lindgren");

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            disk.Fill();
            await Eventually.TrueAsync(async () =>
            {
                using var answer = await Hospital.CreateAsync(south.Client, "south", "Moreau");
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
            });
            Assert.Equal("Lindgren", await Hospital.FamilyAsync(south.Client, "south", patient));
            disk.Empty();
        });

        AssertNone([.. failures.Where(failure => !failure.Contains(": 503 ", StringComparison.Ordinal))]);
    }

    [Theory]
    [InlineData("+3600")]
    [InlineData("-3600")]
    public async Task Silo_ItsClockJumps_NoRequestFails(string seconds)
    {
        using var clock = new JumpingClock();
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2, launcher: i => i == 1 ? clock.Launcher : null);

        var failures = await cluster.WorkThroughAsync(async written =>
        {
            clock.Jump(seconds);
            await SiloSaysAsync(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
            await SiloCluster.UntilAsync(written, 300);
            clock.Jump("+0");
            await SiloSaysAsync(TimeSpan.Zero);
        });

        AssertNone(failures);

        Task SiloSaysAsync(TimeSpan ahead) => Eventually.TrueAsync(async () =>
        {
            using var answer = await cluster.Silos[1].Client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return (answer.Headers.Date!.Value - TimeProvider.System.GetUtcNow() - ahead).Duration() < TimeSpan.FromMinutes(1);
        });
    }

    private static void AssertNone(List<string> failures) => Assert.True(failures.Count == 0, $"{failures.Count}: {string.Join(Environment.NewLine, failures.Take(5))}");

    private static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>The clock of one process, by libfaketime: it jumps, time that only goes forward does not.</summary>
    private sealed class JumpingClock : IDisposable
    {
        private readonly string _file = Path.GetTempFileName();

        public JumpingClock() => Jump("+0");

        public string[] Launcher => [
            "env", $"LD_PRELOAD={Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", SearchOption.AllDirectories).First()}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];

        public void Jump(string seconds) => File.WriteAllText(_file, $"{seconds}s\n");

        public void Dispose() => File.Delete(_file);
    }

    /// <summary>A file system of a few megabytes.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private const string Ballast = "ballast";

        private readonly string _mount;

        private SmallDisk(string mount) => _mount = mount;

        /// <summary>A folder on it that belongs to PostgreSQL's user.</summary>
        public string Folder => Path.Combine(_mount, "tables");

        public static async Task<SmallDisk> MountAsync(int megabytes)
        {
            var folder = Directory.CreateTempSubdirectory("medorleans-disk-").FullName;
            var (code, output) = await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder]);
            Assert.True(code == 0, output);
            var disk = new SmallDisk(folder);
            Directory.CreateDirectory(disk.Folder);
            await PrivatePostgres.GiveAsync(folder);
            return disk;
        }

        /// <summary>Leaves no room.</summary>
        public void Fill()
        {
            using var file = File.Create(Path.Combine(_mount, Ballast));
            var block = new byte[4096];
            try
            {
                while (true)
                {
                    file.Write(block);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full.
            }
        }

        public void Empty() => File.Delete(Path.Combine(_mount, Ballast));

        public void Dispose()
        {
            using (var unmount = Process.Start("umount", ["--lazy", _mount]))
            {
                unmount.WaitForExit();
            }

            Directory.Delete(_mount);
        }
    }
}
