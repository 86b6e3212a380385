namespace MedOrleans.Connections;

/// <summary>The PEM files by which both ends of a connection prove who they are.</summary>
public sealed class TlsFiles
{
    /// <summary>The certificate; those between it and its authority may follow it.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>The certificate's private key, not encrypted.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The authority (or several) whose certificates are believed at the other end, and no other's.</summary>
    public string AuthorityFile { get; set; } = "";

    /// <summary>Whether any is given.</summary>
    internal bool IsGiven => CertificateFile.Length > 0 || KeyFile.Length > 0 || AuthorityFile.Length > 0;

    /// <summary>What is missing where these files are to be used, each with its key's full name.</summary>
    internal IEnumerable<string> Missing(string section) =>
        new (string Key, string File)[] { (nameof(CertificateFile), File: CertificateFile), (nameof(KeyFile), KeyFile), (nameof(AuthorityFile), AuthorityFile) }
            .Where(file => file.File.Length == 0).Select(file => $"{section}:{file.Key}: is empty; both ends prove themselves by certificate, so certificate, key and authority are all needed.");
}

/// <summary>The files of <see cref="TlsFiles"/> cannot be read, or do not hold what they should.</summary>
/// <param name="mistakes">One a line, each with its key's full name.</param>
public sealed class TlsFilesException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    /// <summary>The mistakes.</summary>
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
