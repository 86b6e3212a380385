using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MedOrleans.Connections;

namespace MedOrleans.Tests.Connections;

/// <summary>TLS over the pipes of a connection.</summary>
public sealed class TransportStreamTests
{
    [Fact]
    public async Task Tls_BothWaysAtOnce_BringsEveryByteInOrder()
    {
        var (there, back) = (new Pipe(), new Pipe());
        await using var server = new SslStream(new TransportStream(new Ends(there.Reader, back.Writer)));
        await using var client = new SslStream(new TransportStream(new Ends(back.Reader, there.Writer)));
        using var certificate = Certificate();
        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "silo", RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=silo" }));
        var (first, second) = (RandomNumberGenerator.GetBytes(3_000_000), RandomNumberGenerator.GetBytes(3_000_000));

        var heard = await Task.WhenAll(SendAsync(server, first, 1), SendAsync(client, second, 2), HearAsync(server, second.Length), HearAsync(client, first.Length));

        Assert.Equal(second, heard[2]);
        Assert.Equal(first, heard[3]);
    }

    private static async Task<byte[]> SendAsync(SslStream stream, byte[] bytes, int seed)
    {
        var random = new Random(seed);
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - at, random.Next(1, 50_000));
            await stream.WriteAsync(bytes.AsMemory(at, length));
            await stream.FlushAsync();
            at += length;
        }

        return [];
    }

    private static async Task<byte[]> HearAsync(SslStream stream, int length)
    {
        var heard = new byte[length];
        for (var at = 0; at < length;)
        {
            // As a reader that holds no memory while it waits.
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
            at += await stream.ReadAsync(heard.AsMemory(at, Math.Min(length - at, 777)));
        }

        return heard;
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        return new CertificateRequest("CN=silo", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
