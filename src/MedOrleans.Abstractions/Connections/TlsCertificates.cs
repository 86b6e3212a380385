using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Connections;

/// <summary>What <see cref="TlsFiles"/> hold, for connections on which both ends prove themselves. Changed files count from the next connection on.</summary>
internal sealed partial class TlsCertificates
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TlsFiles _files;
    private readonly string _section;
    private readonly TimeProvider _time;
    private Contents _seen;
    private TlsIdentity _current;
    private long _looked;

    private TlsCertificates(TlsFiles files, string section, TimeProvider time, Contents seen, TlsIdentity current) =>
        (_files, _section, _time, _seen, _current, _looked) = (files, section, time, seen, current, time.GetTimestamp());

    /// <summary>Reads the files.</summary>
    /// <param name="files">The files, all three given.</param>
    /// <param name="section">The settings' section that names them.</param>
    /// <param name="time">The time.</param>
    /// <exception cref="TlsFilesException">A file cannot be read, or does not hold what it should.</exception>
    public static TlsCertificates Load(TlsFiles files, string section, TimeProvider time)
    {
        var contents = Read(files, section);
        return new TlsCertificates(files, section, time, contents, Parse(contents, files, section));
    }

    /// <summary>What the files held when they were last looked at.</summary>
    public TlsIdentity Latest => _current;

    /// <summary>What the files hold now. They are looked at every second at most; where they do not fit together (yet), what they held before counts on.</summary>
    public TlsIdentity Current(ILogger logger)
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_looked) < s_lookEvery)
            {
                return _current;
            }

            _looked = _time.GetTimestamp();
            try
            {
                // Contents and not times: a mounted secret changes its files behind links that stay.
                var contents = Read(_files, _section);
                if (contents != _seen)
                {
                    _seen = contents;
                    _current = Parse(contents, _files, _section);
                    LogReloaded(logger, _section, _current.Certificate.NotAfter);
                }
            }
            catch (TlsFilesException e)
            {
                LogNotReloaded(logger, e.Message);
            }

            return _current;
        }
    }

    private static Contents Read(TlsFiles files, string section)
    {
        var mistakes = new List<string>();
        var contents = new Contents(
            Text(nameof(TlsFiles.CertificateFile), files.CertificateFile), Text(nameof(TlsFiles.KeyFile), files.KeyFile), Text(nameof(TlsFiles.AuthorityFile), files.AuthorityFile));
        return mistakes.Count == 0 ? contents : throw new TlsFilesException(mistakes);

        string Text(string key, string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                mistakes.Add($"{section}:{key}: {(e is FileNotFoundException or DirectoryNotFoundException ? $"there is no file {file}." : $"{file} cannot be read.")}");
                return "";
            }
        }
    }

    private static TlsIdentity Parse(Contents contents, TlsFiles files, string section)
    {
        var mistakes = new List<string>();
        var own = Certificates(contents.Certificate, nameof(TlsFiles.CertificateFile), files.CertificateFile);
        var authorities = Certificates(contents.Authority, nameof(TlsFiles.AuthorityFile), files.AuthorityFile);
        if (mistakes.Count == 0)
        {
            try
            {
                return new TlsIdentity(WithKey(contents), [.. own.Skip(1)], authorities);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                mistakes.Add($"{section}:{nameof(TlsFiles.KeyFile)}: {files.KeyFile} does not hold the private key of {files.CertificateFile}, not encrypted.");
            }
        }

        throw new TlsFilesException(mistakes);

        X509Certificate2Collection Certificates(string pem, string key, string file)
        {
            var certificates = new X509Certificate2Collection();
            try
            {
                certificates.ImportFromPem(pem);
            }
            catch (CryptographicException)
            {
                certificates.Clear();
            }

            if (certificates.Count == 0)
            {
                mistakes.Add($"{section}:{key}: {file} holds no certificate (PEM).");
            }

            return certificates;
        }
    }

    private static X509Certificate2 WithKey(Contents contents)
    {
        var certificate = X509Certificate2.CreateFromPem(contents.Certificate, contents.Key);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows' TLS takes no key that is in memory alone.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The files of {Section} have changed and count from now on; the certificate is good until {Until:o}.")]
    private static partial void LogReloaded(ILogger logger, string section, DateTime until);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changed certificates are not taken, and those of before count on: {Mistakes}")]
    private static partial void LogNotReloaded(ILogger logger, string mistakes);

    private sealed record Contents(string Certificate, string Key, string Authority);
}
