using System.Net;
using Grpc.Core;
using MedOrleans.IntegrationTests.Elasticity.Keda;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>A host whose decisions KEDA asks for, by a client that is generated from KEDA's contract.</summary>
public sealed class KedaFixture : IAsyncLifetime
{
    public HostProcess Host { get; private set; } = null!;

    public string Address { get; } = $"http://127.0.0.1:{HostProcess.FreePorts(1)[0]}";

    public async Task InitializeAsync() => Host = await HostProcess.StartAsync(settings: new Dictionary<string, string>
    {
        ["MEDORLEANS__Keda__Address"] = Address,
        ["MEDORLEANS__Scaling__Interval"] = "00:00:01",
        ["MEDORLEANS__Scaling__Min"] = "3",
        ["MEDORLEANS__Scaling__Pools__0__Pool"] = "icu",
        ["MEDORLEANS__Scaling__Pools__0__Min"] = "2",
    });

    public async Task DisposeAsync() => await Host.DisposeAsync();
}

/// <summary>What a real host tells a real client.</summary>
public sealed class KedaTests(KedaFixture keda) : IClassFixture<KedaFixture>
{
    [Fact]
    public async Task Calls_TwoPools_GiveTheReplicasThatAreDecided()
    {
        using var client = await DecidedAsync();
        using var administrator = await keda.Host.OperatorAsync();

        var decided = (await Hospital.GetAsync(administrator, "/admin/scaling")).GetProperty("pools").EnumerateArray()
            .ToDictionary(pool => pool.GetProperty("pool").GetString()!, pool => pool.GetProperty("last").GetProperty("wanted").GetInt32());

        Assert.Equal(["community", "icu"], decided.Keys.Order());
        Assert.True(decided["community"] >= 3 && decided["icu"] >= 2);
        foreach (var (pool, wanted) in decided)
        {
            Assert.Equal(wanted, await client.ReplicasAsync(pool));
            Assert.True((await client.Scaler.IsActiveAsync(KedaClient.Of(pool), KedaClient.Limit())).Result);
            using var stream = client.Scaler.StreamIsActive(KedaClient.Of(pool), KedaClient.Limit());
            Assert.True(await stream.ResponseStream.MoveNext(default));
            Assert.True(stream.ResponseStream.Current.Result);
        }
    }

    [Fact]
    public async Task Calls_PoolUnknownOrMissing_AreRefusedWithTheReason()
    {
        using var client = await DecidedAsync();

        foreach (var (pool, code, start) in new[] { ("icv", StatusCode.NotFound, "There is no pool 'icv'"), (null, StatusCode.InvalidArgument, "The trigger's metadata does not name a 'pool'") })
        {
            var stream = client.Scaler.StreamIsActive(KedaClient.Of(pool), KedaClient.Limit());
            foreach (var error in new[]
            {
                await ErrorAsync(() => client.Scaler.IsActiveAsync(KedaClient.Of(pool), KedaClient.Limit()).ResponseAsync),
                await ErrorAsync(() => stream.ResponseStream.MoveNext(default)),
                await ErrorAsync(() => client.Scaler.GetMetricSpecAsync(KedaClient.Of(pool), KedaClient.Limit()).ResponseAsync),
                await ErrorAsync(() => client.Scaler.GetMetricsAsync(new GetMetricsRequest { ScaledObjectRef = KedaClient.Of(pool), MetricName = "medorleans-silos" }, KedaClient.Limit()).ResponseAsync),
            })
            {
                Assert.Equal(code, error.StatusCode);
                Assert.StartsWith(start, error.Detail, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task StreamMetricSpec_NewerKeda_IsUnimplemented()
    {
        using var client = new KedaClient(keda.Address);
        using var stream = client.Scaler.StreamMetricSpec(KedaClient.Of("community"), KedaClient.Limit());

        Assert.Equal(StatusCode.Unimplemented, (await ErrorAsync(() => stream.ResponseStream.MoveNext(default))).StatusCode);
    }

    [Fact]
    public async Task Addresses_EachAnswersItsOwnAlone()
    {
        using var http = new HttpClient();
        foreach (var path in new[] { "/", "/metrics", "/health/ready", "/fhir/north/metadata", "/admin/scaling", "/externalscaler.Other/Call" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, keda.Address + path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        }

        foreach (var (address, refused) in new[] { (keda.Host.Http, HttpStatusCode.Unauthorized), (keda.Host.Management, HttpStatusCode.NotFound) })
        {
            using var content = new ByteArrayContent([0, 0, 0, 0, 0]);
            content.Headers.ContentType = new("application/grpc");
            using var response = await http.PostAsync(new Uri($"http://{address}/externalscaler.ExternalScaler/IsActive"), content);
            Assert.Equal(refused, response.StatusCode);
        }
    }

    [Fact]
    public async Task Stop_WithAnOpenStream_EndsItAndExitsInTime()
    {
        var address = $"http://127.0.0.1:{HostProcess.FreePorts(1)[0]}";
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["MEDORLEANS__Keda__Address"] = address, ["MEDORLEANS__Scaling__Interval"] = "00:00:01" });
        using var client = new KedaClient(address);
        await Eventually.TrueAsync(() => AnswersAsync(client));
        using var stream = client.Scaler.StreamIsActive(KedaClient.Of("community"), KedaClient.Limit());
        Assert.True(await stream.ResponseStream.MoveNext(default));

        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, await host.StopAsync());

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
        Assert.False(await stream.ResponseStream.MoveNext(default));
    }

    /// <summary>A client, once both pools are decided on.</summary>
    private async Task<KedaClient> DecidedAsync()
    {
        var client = new KedaClient(keda.Address);
        await Eventually.TrueAsync(() => AnswersAsync(client));
        return client;
    }

    /// <summary>Whether the host lets the client in, and has decided.</summary>
    internal static async Task<bool> AnswersAsync(KedaClient client)
    {
        try
        {
            return await client.ReplicasAsync("community") > 0;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return false;
        }
    }

    private static async Task<Status> ErrorAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status;
}

/// <summary>Who is let in where certificates are asked for.</summary>
public sealed class KedaTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-keda-").FullName;
    private readonly TestAuthority _authority = new("cluster");
    private readonly TestAuthority _stranger = new("cluster");

    public void Dispose()
    {
        _authority.Dispose();
        _stranger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Calls_ByCertificate_AreAnsweredToTheAuthoritysClientsAlone_AndChangedFilesCount()
    {
        using var server = _authority.Certify("scaler", isClient: false);
        using var own = _authority.Certify("keda", isServer: false);
        using var others = _stranger.Certify("keda", isServer: false);
        using var expired = _authority.Certify("keda", isServer: false, until: TimeProvider.System.GetUtcNow().AddMinutes(-1));
        _authority.Write(_folder, server);
        var port = HostProcess.FreePorts(1)[0];
        var address = $"https://127.0.0.1:{port}";
        await using var host = await HostProcess.StartAsync(settings: Settings(address));

        using var client = new KedaClient(address, _authority.Certificate, own);
        await Eventually.TrueAsync(() => KedaTests.AnswersAsync(client));
        Assert.Equal(3, await client.ReplicasAsync("community"));

        await RefusedAsync(new KedaClient(address, _authority.Certificate));
        await RefusedAsync(new KedaClient(address, _authority.Certificate, others));
        await RefusedAsync(new KedaClient(address, _authority.Certificate, expired));
        await RefusedAsync(new KedaClient(address, _authority.Certificate, server));
        await RefusedAsync(new KedaClient($"http://127.0.0.1:{port}"));
        await RefusedAsync(new KedaClient(address, _stranger.Certificate, own));
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri($"http://{host.Management}/metrics"));
        Assert.Contains(metrics.Split('\n'), line => line.StartsWith("kestrel_tls_handshake_duration_seconds_count{", StringComparison.Ordinal) && line.Contains("error_type=", StringComparison.Ordinal));

        // Half of the new pair is not taken; both halves are, without a restart.
        using var renewed = _stranger.Certify("scaler", isClient: false);
        await File.WriteAllTextAsync(Path.Combine(_folder, "tls.crt"), renewed.ExportCertificatePem());
        await Eventually.TrueAsync(async () =>
        {
            using var before = new KedaClient(address, _authority.Certificate, own);
            Assert.True(await KedaTests.AnswersAsync(before));
            return host.Output.Contains("Changed certificates are not taken", StringComparison.Ordinal);
        });
        _stranger.Write(_folder, renewed);
        await Eventually.TrueAsync(async () =>
        {
            using var after = new KedaClient(address, _stranger.Certificate, others);
            return await KedaTests.AnswersAsync(after);
        });
        await RefusedAsync(new KedaClient(address, _stranger.Certificate, own));
    }

    [Fact]
    public async Task Serve_CertificatesThatAreNotThereOrDoNotFit_EndsWithTheirKeys()
    {
        var address = $"https://127.0.0.1:{HostProcess.FreePorts(1)[0]}";
        var (code, error) = await HostProcess.RunAsync(["--data", _folder, .. Addresses()], Settings(address));
        Assert.Equal(2, code);
        Assert.Equal(
            [
                $"MedOrleans:Keda:Tls:CertificateFile: there is no file {Path.Combine(_folder, "tls.crt")}.",
                $"MedOrleans:Keda:Tls:KeyFile: there is no file {Path.Combine(_folder, "tls.key")}.",
                $"MedOrleans:Keda:Tls:AuthorityFile: there is no file {Path.Combine(_folder, "ca.crt")}.",
            ],
            error.TrimEnd().Split('\n'));

        using var server = _authority.Certify("scaler");
        using var another = _authority.Certify("scaler");
        _authority.Write(_folder, server);
        await File.WriteAllTextAsync(Path.Combine(_folder, "tls.crt"), another.ExportCertificatePem());
        (code, error) = await HostProcess.RunAsync(["--data", _folder, .. Addresses()], Settings(address));
        Assert.Equal(2, code);
        Assert.StartsWith($"MedOrleans:Keda:Tls:KeyFile: {Path.Combine(_folder, "tls.key")} does not hold the private key", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OpenToOtherMachinesWithoutCertificates_IsRefused()
    {
        var (code, error) = await HostProcess.RunAsync(["--data", _folder, .. Addresses()], new Dictionary<string, string> { ["MEDORLEANS__Keda__Address"] = "http://0.0.0.0:9443" });

        Assert.Equal(2, code);
        Assert.StartsWith("MedOrleans:Keda:Address: 0.0.0.0:9443 can be reached from other machines, and without certificates anybody there would be answered", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(KedaClient client)
    {
        using (client)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => client.Scaler.IsActiveAsync(KedaClient.Of("community"), KedaClient.Limit()).ResponseAsync);
            Assert.True(error.StatusCode is StatusCode.Unavailable or StatusCode.Internal, $"{error.Status}");
            Assert.DoesNotContain("decided", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    private Dictionary<string, string> Settings(string address) => new()
    {
        ["MEDORLEANS__Keda__Address"] = address,
        ["MEDORLEANS__Keda__Tls__CertificateFile"] = Path.Combine(_folder, "tls.crt"),
        ["MEDORLEANS__Keda__Tls__KeyFile"] = Path.Combine(_folder, "tls.key"),
        ["MEDORLEANS__Keda__Tls__AuthorityFile"] = Path.Combine(_folder, "ca.crt"),
        ["MEDORLEANS__Scaling__Interval"] = "00:00:01",
        ["MEDORLEANS__Scaling__Min"] = "3",
    };

    private static string[] Addresses() => HostProcess.FreePorts(2) is [var http, var management] ? ["--http", $"http://127.0.0.1:{http}", "--management", $"http://127.0.0.1:{management}"] : [];
}
