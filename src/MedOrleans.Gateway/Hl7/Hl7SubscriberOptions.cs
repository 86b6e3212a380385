using MedOrleans.Connections;
using MedOrleans.Gateway.Hl7.Outbound;

namespace MedOrleans.Gateway.Hl7;

/// <summary>A system that is told by ADT messages of what is committed: of the changes from when it was first configured on, each until it is acknowledged, in the order of their commits.</summary>
public sealed class Hl7SubscriberOptions
{
    /// <summary>Its name; together with the hospital it is what is remembered of how far it has been told.</summary>
    public string Name { get; set; } = "";

    /// <summary>The hospital.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>Where it listens: <c>mllps://{host}:{port}</c> with certificates, <c>mllp://{host}:{port}</c> without.</summary>
    public string Address { get; set; } = "";

    /// <summary>The certificates: our own, and the authority that vouches for the other end.</summary>
    public TlsFiles Tls { get; set; } = new();

    /// <summary>MSH-3 of the messages.</summary>
    public string Application { get; set; } = "MEDORLEANS";

    /// <summary>MSH-4 of the messages; the hospital's id where it is empty.</summary>
    public string Facility { get; set; } = "";

    /// <summary>MSH-5 of the messages.</summary>
    public string ReceivingApplication { get; set; } = "";

    /// <summary>MSH-6 of the messages.</summary>
    public string ReceivingFacility { get; set; } = "";

    /// <summary>The events that it is told of, <c>A01</c>; all where there are none.</summary>
    public IList<string> Events { get; } = [];

    /// <summary>The name under which it is a sender itself: it is not told again of what it has sent.</summary>
    public string Sender { get; set; } = "";

    /// <summary>The time zone of the times in the messages, by its IANA name.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The systems of identifiers by the name that the messages give their assigning authority.</summary>
    public IDictionary<string, string> Authorities { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a message is sent that is answered with an error, before it is put aside as undeliverable.</summary>
    public int Tries { get; set; } = 3;

    /// <summary>The host and port; null where the address is none.</summary>
    internal Uri? EndPoint => Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme is "mllp" or "mllps" && uri.Host.Length > 0 && uri.Port > 0 && uri.PathAndQuery.TrimEnd('/').Length == 0 ? uri : null;

    /// <summary>Whether the connection is encrypted, and both ends prove themselves.</summary>
    internal bool IsTls => Address.StartsWith("mllps:", StringComparison.OrdinalIgnoreCase);

    internal IEnumerable<string> Mistakes(string section)
    {
        if (Name.Length is 0 or > 60 || !Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            yield return $"{section}:{nameof(Name)}: must have 1 to 60 letters, digits, '-', '_' or '.'.";
        }

        if (!TenantId.TryParse(Tenant, out _))
        {
            yield return $"{section}:{nameof(Tenant)}: must be a hospital's id.";
        }

        if (EndPoint is null)
        {
            yield return $"{section}:{nameof(Address)}: must be mllp://{{host}}:{{port}} or mllps://{{host}}:{{port}}.";
        }

        foreach (var (key, file) in new[] { (nameof(TlsFiles.CertificateFile), Tls.CertificateFile), (nameof(TlsFiles.KeyFile), Tls.KeyFile), (nameof(TlsFiles.AuthorityFile), Tls.AuthorityFile) })
        {
            if (IsTls != file.Length > 0)
            {
                yield return IsTls
                    ? $"{section}:{nameof(Tls)}:{key}: is empty; both ends prove themselves by certificate, so certificate, key and authority are all needed."
                    : $"{section}:{nameof(Address)}: must begin with mllps:// where certificates are given.";
            }
        }

        foreach (var (i, code) in Events.Index())
        {
            if (!AdtEvents.All.Contains(code))
            {
                yield return $"{section}:{nameof(Events)}:{i}: must be one of {string.Join(", ", AdtEvents.All)}.";
            }
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return $"{section}:{nameof(TimeZone)}: must be a time zone's name, Europe/Vienna.";
        }

        if (AnswerTimeout < TimeSpan.FromSeconds(1) || AnswerTimeout > TimeSpan.FromMinutes(10))
        {
            yield return $"{section}:{nameof(AnswerTimeout)}: must be between 00:00:01 and 00:10:00.";
        }

        if (Tries is < 1 or > 100)
        {
            yield return $"{section}:{nameof(Tries)}: must be between 1 and 100.";
        }
    }
}
