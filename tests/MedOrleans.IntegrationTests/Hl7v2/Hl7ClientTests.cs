using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using MedOrleans.Gateway.Hl7.Mllp;
using static MedOrleans.IntegrationTests.Hl7v2.Hl7World;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>Others' ends of a connection.</summary>
public sealed class Hl7ClientTests(Hl7Fixture fixture) : IClassFixture<Hl7Fixture>
{
    [Fact]
    public async Task Client_OfTheNpmRegistry_SendsAndIsAnswered()
    {
        using var npm = new NpmFolder();
        await npm.InstallAsync("node-hl7-client@4.0.0");
        await npm.WriteAsync("send.js",
        [
            "import { Client, Message } from 'node-hl7-client';",
            "const client = new Client({ host: '127.0.0.1', version: '2.5.1' });",
            $"const out = client.createConnection({{ port: {fixture.Port.ToString(CultureInfo.InvariantCulture)} }}, (answer) => {{",
            "  const message = answer.getMessage();",
            "  console.log('answer ' + message.get('MSA.1').toString() + ' ' + message.get('MSA.2').toString());",
            "  out.close().then(() => process.exit(0));",
            "});",
            "const message = new Message({ text: process.argv[2].replaceAll('~~', '\\r') });",
            "await out.sendMessage(message);",
        ]);
        var text = Adt("A28", "npm1", "300", "", family: "Npm").TrimEnd('\r').Replace("\r", "~~", StringComparison.Ordinal);

        var (code, output) = await npm.RunAsync("node", ["send.js", text]);

        Assert.True(code == 0, output);
        Assert.Contains("answer AA npm1", output, StringComparison.Ordinal);
        Assert.Equal("Npm", (await fixture.World.OneAsync("Patient?identifier=300")).GetProperty("name")[0].GetProperty("family").GetString());
    }

    [Fact]
    public async Task Client_WithTheSendersCertificate_IsTakenAndAStrangerIsNot()
    {
        using var authority = new TestAuthority("hospital");
        using var stranger = new TestAuthority("stranger");
        var folder = Directory.CreateTempSubdirectory("medorleans-hl7-tls-").FullName;
        try
        {
            using var own = authority.Certify("medorleans.north.example");
            authority.Write(folder, own);
            var port = FreePort();
            const string Listener = "MEDORLEANS__Hl7__Listeners__0";
            var settings = Settings(port);
            settings[$"{Listener}__Address"] = string.Create(CultureInfo.InvariantCulture, $"mllps://127.0.0.1:{port}");
            settings[$"{Listener}__Senders__0__Certificate"] = "his.north.example";
            settings[$"{Listener}__Senders__1__Certificate"] = "his.south.example";
            (settings[$"{Listener}__Tls__CertificateFile"], settings[$"{Listener}__Tls__KeyFile"], settings[$"{Listener}__Tls__AuthorityFile"]) = TestAuthority.Files(folder);
            await using var host = await HostProcess.StartAsync(settings: settings);
            using var north = await host.CreateTenantAsync("north");
            using var south = await host.CreateTenantAsync("south");
            using var his = authority.Certify("his.north.example");
            using var unknown = authority.Certify("other.north.example");
            using var forged = stranger.Certify("his.north.example");

            await using (var client = await MllpClient.ConnectAsync("127.0.0.1", port, Tls(his), CancellationToken.None))
            {
                Assert.Equal("AA", (await SendAsync(client, Adt("A28", "t1", "310", ""))).Code);

                // The certificate says who it is, whatever the message says.
                Assert.Equal("AR", (await SendAsync(client, Adt("A28", "t2", "311", "", facility: "SOUTH"))).Code);
            }

            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                await using var client = await MllpClient.ConnectAsync("127.0.0.1", port, Tls(unknown), CancellationToken.None);
                await SendAsync(client, Adt("A28", "t3", "312", ""));
            });
            var refusal = await Assert.ThrowsAnyAsync<Exception>(async () =>
            {
                await using var client = await MllpClient.ConnectAsync("127.0.0.1", port, Tls(forged), CancellationToken.None);
                await SendAsync(client, Adt("A28", "t4", "313", ""));
            });
            Assert.True(refusal is IOException or AuthenticationException, refusal.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        SslClientAuthenticationOptions Tls(System.Security.Cryptography.X509Certificates.X509Certificate2 certificate) => new()
        {
            TargetHost = "medorleans.north.example",
            ClientCertificates = [certificate],
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == authority.Certificate.Subject,
        };
    }
}
