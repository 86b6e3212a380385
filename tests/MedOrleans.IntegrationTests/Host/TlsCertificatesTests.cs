using System.Security.Cryptography.X509Certificates;
using MedOrleans.Connections;
using MedOrleans.Host.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>Certificates that change while they are used.</summary>
public sealed class TlsCertificatesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-tls-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly TestAuthority _authority = new("cluster");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Current_SecretRenewedBehindLinksThatStay_IsTheNewOne()
    {
        using var first = _authority.Certify("silo");
        using var second = _authority.Certify("silo");
        var data = Path.Combine(_folder, "..data");
        Directory.CreateSymbolicLink(data, Secret("..1", first));
        foreach (var file in new[] { "tls.crt", "tls.key", "ca.crt" })
        {
            File.CreateSymbolicLink(Path.Combine(_folder, file), Path.Combine("..data", file));
        }

        var certificates = Load();
        Assert.Equal(first.Thumbprint, Thumbprint(certificates));
        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, Secret("..2", second));

        Assert.Equal(first.Thumbprint, Thumbprint(certificates));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second.Thumbprint, Thumbprint(certificates));
    }

    [Fact]
    public void Current_FilesGoneOrBroken_IsTheLastThatWasWhole()
    {
        using var first = _authority.Certify("silo");
        using var second = _authority.Certify("silo");
        _authority.Write(_folder, first);
        var certificates = Load();

        foreach (var spoil in new Action[] { () => File.Delete(Path.Combine(_folder, "tls.key")), () => File.WriteAllText(Path.Combine(_folder, "tls.key"), "half a key"), () => File.WriteAllText(Path.Combine(_folder, "ca.crt"), "") })
        {
            spoil();
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(first.Thumbprint, Thumbprint(certificates));
        }

        _authority.Write(_folder, second);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second.Thumbprint, Thumbprint(certificates));
    }

    [Fact]
    public void Load_FilesThatHoldSomethingElse_NamesEveryKey()
    {
        using var own = _authority.Certify("silo");
        _authority.Write(_folder, own);
        File.Copy(Path.Combine(_folder, "tls.key"), Path.Combine(_folder, "tls.crt"), overwrite: true);
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        Assert.Equal(
            [$"MedOrleans:Some:Tls:CertificateFile: {_folder}/tls.crt holds no certificate (PEM).", $"MedOrleans:Some:Tls:AuthorityFile: {_folder}/ca.crt holds no certificate (PEM)."],
            Assert.Throws<TlsFilesException>(() => Load()).Mistakes);
    }

    private TlsCertificates Load() => TlsCertificates.Load(
        new TlsFiles { CertificateFile = $"{_folder}/tls.crt", KeyFile = $"{_folder}/tls.key", AuthorityFile = $"{_folder}/ca.crt" }, "MedOrleans:Some:Tls", _time);

    private static string Thumbprint(TlsCertificates certificates) => certificates.Current(NullLogger.Instance).Certificate.Thumbprint;

    private string Secret(string name, X509Certificate2 certificate)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        _authority.Write(folder, certificate);
        return name;
    }
}
