using System.Net;
using MedOrleans.Connections;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7;

/// <summary>HL7 v2 over MLLP: section <c>MedOrleans:Hl7</c>. Nothing listens unless a listener is configured.</summary>
public sealed class Hl7Options
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Hl7";

    /// <summary>The addresses that messages are taken at.</summary>
    public IList<Hl7ListenerOptions> Listeners { get; } = [];

    /// <summary>The systems that are told of admissions, discharges, transfers and changes of patients.</summary>
    public IList<Hl7SubscriberOptions> Subscribers { get; } = [];

    /// <summary>The largest block that is taken, in bytes; 1 KiB to 256 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 16 << 20;

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (MaxMessageBytes is < 1024 or > 256 << 20)
        {
            yield return $"{Section}:{nameof(MaxMessageBytes)}: must be between 1024 and {256 << 20}.";
        }

        foreach (var (i, listener) in Listeners.Index())
        {
            foreach (var mistake in listener.Mistakes($"{Section}:{nameof(Listeners)}:{i}"))
            {
                yield return mistake;
            }
        }

        foreach (var (i, subscriber) in Subscribers.Index())
        {
            foreach (var mistake in subscriber.Mistakes($"{Section}:{nameof(Subscribers)}:{i}"))
            {
                yield return mistake;
            }
        }

        foreach (var name in Subscribers.GroupBy(subscriber => (subscriber.Tenant, subscriber.Name)).Where(group => group.Count() > 1))
        {
            yield return $"{Section}:{nameof(Subscribers)}: two of {name.Key.Tenant} are named {name.Key.Name}.";
        }

        foreach (var address in Listeners.Select(listener => listener.EndPoint).OfType<IPEndPoint>().GroupBy(address => address).Where(group => group.Key.Port != 0 && group.Count() > 1))
        {
            yield return $"{Section}:{nameof(Listeners)}: two listen at {address.Key}.";
        }
    }
}

/// <summary>An address that messages are taken at.</summary>
public sealed class Hl7ListenerOptions
{
    /// <summary>Where: <c>mllps://{ip address}:{port}</c> with certificates, <c>mllp://{ip address}:{port}</c> without; 2575 is HL7's own port.</summary>
    public string Address { get; set; } = "";

    /// <summary>The certificates: the listener's own, and the authority whose clients are let in.</summary>
    public TlsFiles Tls { get; set; } = new();

    /// <summary>Who may send, and for which hospital. Whoever fits none of them is refused.</summary>
    public IList<Hl7SenderOptions> Senders { get; } = [];

    /// <summary>Whether connections are encrypted, and both ends prove themselves.</summary>
    internal bool IsTls => Address.StartsWith("mllps:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Where it listens; null where the address is none.</summary>
    internal IPEndPoint? EndPoint => Uri.TryCreate(Address, UriKind.Absolute, out var uri) && uri.Scheme is "mllp" or "mllps" && uri.PathAndQuery.TrimEnd('/').Length == 0
        && uri.Port >= 0 && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) ? new IPEndPoint(ip, uri.Port) : null;

    internal IEnumerable<string> Mistakes(string section)
    {
        if (EndPoint is null)
        {
            yield return $"{section}:{nameof(Address)}: must be mllp://{{ip address}}:{{port}} or mllps://{{ip address}}:{{port}}.";
        }

        if (IsTls)
        {
            foreach (var (key, file) in new[] { (nameof(TlsFiles.CertificateFile), Tls.CertificateFile), (nameof(TlsFiles.KeyFile), Tls.KeyFile), (nameof(TlsFiles.AuthorityFile), Tls.AuthorityFile) })
            {
                if (file.Length == 0)
                {
                    yield return $"{section}:{nameof(Tls)}:{key}: is empty; both ends prove themselves by certificate, so certificate, key and authority are all needed.";
                }
            }
        }
        else if (Tls.CertificateFile.Length + Tls.KeyFile.Length + Tls.AuthorityFile.Length > 0)
        {
            yield return $"{section}:{nameof(Address)}: must begin with mllps:// where certificates are given.";
        }

        if (Senders.Count == 0)
        {
            yield return $"{section}:{nameof(Senders)}: is empty; nobody could send anything.";
        }

        foreach (var (i, sender) in Senders.Index())
        {
            foreach (var mistake in sender.Mistakes($"{section}:{nameof(Senders)}:{i}", IsTls))
            {
                yield return mistake;
            }
        }
    }
}

/// <summary>A system that may send messages. What is empty fits whatever a message says.</summary>
public sealed class Hl7SenderOptions
{
    /// <summary>Its name in the audit trail, <c>hl7:{name}</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>The hospital that its messages are about.</summary>
    public string Tenant { get; set; } = "";

    /// <summary>MSH-3.1 of its messages.</summary>
    public string Application { get; set; } = "";

    /// <summary>MSH-4.1 of its messages.</summary>
    public string Facility { get; set; } = "";

    /// <summary>MSH-6.1 of its messages.</summary>
    public string ReceivingFacility { get; set; } = "";

    /// <summary>The networks that it connects from, <c>10.1.0.0/16</c>. Without TLS they are all that proves a sender, and have to be given.</summary>
    public IList<string> Networks { get; } = [];

    /// <summary>A DNS name of its client certificate. With TLS it has to be given, unless all of the authority's certificates are this sender's.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>The time zone of times that do not say, by its IANA name.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>The character set of messages that do not say and are not UTF-8, as in HL7 table 0211.</summary>
    public string Charset { get; set; } = "8859/1";

    /// <summary>The processing ids (MSH-11) that are taken: P production, T training, D debugging.</summary>
    public string Processing { get; set; } = "P";

    /// <summary>The systems of identifiers by their assigning authority's name (CX-4.1, EI-2): <c>{ "MRN": "https://north.example/mrn" }</c>.</summary>
    public IDictionary<string, string> Authorities { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    internal IEnumerable<string> Mistakes(string section, bool isTls)
    {
        if (Name.Length is 0 or > 60 || !Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            yield return $"{section}:{nameof(Name)}: must have 1 to 60 letters, digits, '-', '_' or '.'.";
        }

        if (!TenantId.TryParse(Tenant, out _))
        {
            yield return $"{section}:{nameof(Tenant)}: must be a hospital's id.";
        }

        foreach (var (i, network) in Networks.Index())
        {
            if (!IPNetwork.TryParse(network, out _))
            {
                yield return $"{section}:{nameof(Networks)}:{i}: must be a network, 10.1.0.0/16.";
            }
        }

        if (!isTls && Networks.Count == 0)
        {
            yield return $"{section}:{nameof(Networks)}: is empty; without TLS the network is all that proves a sender. 127.0.0.0/8 lets this machine's own processes send.";
        }

        if (!isTls && Certificate.Length > 0)
        {
            yield return $"{section}:{nameof(Certificate)}: certificates are shown on mllps:// addresses only.";
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _))
        {
            yield return $"{section}:{nameof(TimeZone)}: must be a time zone's name, Europe/Vienna.";
        }

        if (Hl7Charset.Find(Charset) is null)
        {
            yield return $"{section}:{nameof(Charset)}: must be a name of HL7 table 0211, 8859/1.";
        }

        if (Processing.Length == 0 || Processing.Any(static c => c is not ('P' or 'T' or 'D')))
        {
            yield return $"{section}:{nameof(Processing)}: must be of the letters P, T and D.";
        }
    }
}
