using System.Diagnostics;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace MedOrleans.IntegrationTests.Deployment;

/// <summary>A real HAProxy with the shipped configuration: on loopback, with a certificate of its own and the gateways that it is given.</summary>
public sealed partial class HaproxyProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly TestAuthority _authority;
    private readonly StringBuilder _output = new();

    private HaproxyProcess(Process process, string folder, TestAuthority authority, int port)
    {
        _process = process;
        _folder = folder;
        _authority = authority;
        Address = new Uri($"https://127.0.0.1:{port}");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts one and waits until a gateway answers through it.</summary>
    /// <param name="gateways">The public addresses of gateways, which may come later.</param>
    public static async Task<HaproxyProcess> StartAsync(params IPEndPoint[] gateways)
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-haproxy-").FullName;
        var authority = new TestAuthority("hospitals");
        var port = HostProcess.FreePorts(1)[0];
        var configuration = await ConfigureAsync(folder, authority, port, gateways);
        var process = Process.Start(new ProcessStartInfo("haproxy", ["-db", "-f", configuration]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var proxy = new HaproxyProcess(process, folder, authority, port);
        try
        {
            using var client = proxy.Client();
            await Eventually.TrueAsync(async () => !process.HasExited && await IsReadyAsync(client), TimeSpan.FromSeconds(20));
        }
        catch
        {
            var said = proxy._output.ToString();
            await proxy.DisposeAsync();
            throw new InvalidOperationException($"HAProxy does not serve: {said}");
        }

        return proxy;
    }

    /// <summary>Writes the shipped configuration with a certificate, a port and gateways of the test's own; returns its path.</summary>
    internal static async Task<string> ConfigureAsync(string folder, TestAuthority authority, int port, params IPEndPoint[] gateways)
    {
        using var certificate = authority.Certify("record", isClient: false);
        using var key = certificate.GetECDsaPrivateKey()!;
        var pem = Path.Combine(folder, "medorleans.pem");
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        var text = (await File.ReadAllTextAsync(ShippedFiles.Path("haproxy", "haproxy.cfg")))
            .Replace("/etc/haproxy/medorleans.pem", pem, StringComparison.Ordinal)
            .Replace("maxconn 20000", "maxconn 2000", StringComparison.Ordinal)
            .Replace("bind :443", $"bind 127.0.0.1:{port}", StringComparison.Ordinal);
        var at = 0;
        text = ServerAddress().Replace(text, _ => $"{gateways[at++ % gateways.Length]}");
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, text);
        return file;
    }

    /// <summary>A client that believes its certificate.</summary>
    public HttpClient Client() => new(Handler()) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>What such a client is made of.</summary>
    public HttpMessageHandler Handler() => new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown && shown.Issuer == _authority.Certificate.Subject },
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var response = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    [GeneratedRegex(@"10\.0\.0\.1[12]:8080")]
    private static partial Regex ServerAddress();
}
