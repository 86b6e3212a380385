using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MedOrleans.Connections;
using MedOrleans.Record.Keys;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans tls create</c>: an authority of the cluster's own, and certificates for its silos, gateways and .NET clients.</summary>
internal static class TlsCommand
{
    private const int AuthorityYears = 10;

    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "The folder. An authority that is in it certifies again, so that the same command renews.", DefaultValueFactory = _ => "certificates" };
        var cluster = new Option<string>("--cluster") { Description = "The cluster's id, Cluster:ClusterId.", DefaultValueFactory = _ => "medorleans" };
        var days = new Option<int>("--days") { Description = "How long the certificates are good; 1 to 825.", DefaultValueFactory = _ => 365 };
        var create = new Command("create", "Makes an authority (unless it is there) and a certificate each for silos, gateways and .NET clients.") { folder, cluster, days };
        create.SetAction((parsed, _) => Task.FromResult(Make(parsed.GetValue(folder)!, parsed.GetValue(cluster)!, parsed.GetValue(days))));
        return new Command("tls", "Certificates by which the processes of a cluster prove to each other who they are.") { create };
    }

    private static int Make(string folder, string cluster, int days)
    {
        if (days is < 1 or > 825)
        {
            return Refuse("--days must be between 1 and 825.");
        }

        if (Uri.CheckHostName(cluster) != UriHostNameType.Dns)
        {
            return Refuse($"'{cluster}' cannot be part of a DNS name, which certificates carry: give the cluster a Cluster:ClusterId of letters, digits, '-' and '.'.");
        }

        try
        {
            Directory.CreateDirectory(folder);
            var (authority, isNew) = Authority(folder, cluster);
            using (authority)
            {
                foreach (var part in ClusterNames.Parts)
                {
                    Certify(Directory.CreateDirectory(Path.Combine(folder, part)).FullName, authority, ClusterNames.Of(part, cluster), days);
                }

                Console.WriteLine($"{(isNew ? "A new authority is" : "The authority is the one that was")} in {folder}: keep ca.key away from the cluster, nobody there needs it.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Refuse(e.Message);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Good for {days} days: {string.Join(", ", ClusterNames.Parts.Select(part => $"{part}/"))}, each with tls.crt, tls.key and ca.crt. A silo, for example:"));
        Console.WriteLine($"  export MEDORLEANS__Cluster__Tls__CertificateFile={folder}/silo/tls.crt MEDORLEANS__Cluster__Tls__KeyFile={folder}/silo/tls.key MEDORLEANS__Cluster__Tls__AuthorityFile={folder}/silo/ca.crt");
        return 0;
    }

    private static (X509Certificate2 Authority, bool IsNew) Authority(string folder, string cluster)
    {
        var (certificate, key) = (Path.Combine(folder, "ca.crt"), Path.Combine(folder, "ca.key"));
        if (File.Exists(key))
        {
            return (X509Certificate2.CreateFromPemFile(certificate, key), false);
        }

        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={cluster} authority", pair, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        var made = request.CreateSelfSigned(from, from.AddYears(AuthorityYears));
        WriteKey(key, pair);
        File.WriteAllText(certificate, made.ExportCertificatePem() + "\n");
        return (made, true);
    }

    private static void Certify(string folder, X509Certificate2 authority, string name, int days)
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", pair, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        var until = from.AddDays(days);
        using var made = request.Create(authority, from < authority.NotBefore ? authority.NotBefore : from, until > authority.NotAfter ? authority.NotAfter : until, RandomNumberGenerator.GetBytes(16));

        // The certificate last: who looks between the writes sees files that do not fit together, and waits.
        WriteKey(Path.Combine(folder, "tls.key"), pair);
        File.WriteAllText(Path.Combine(folder, "ca.crt"), authority.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(folder, "tls.crt"), made.ExportCertificatePem() + "\n");
    }

    private static void WriteKey(string file, ECDsa key)
    {
        using var writer = new StreamWriter(PrivateFile.Open(file, FileMode.Create));
        writer.WriteLine(key.ExportPkcs8PrivateKeyPem());
    }

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }
}
