using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7;

/// <summary>A system that may send messages, ready to be compared with connections and messages.</summary>
internal sealed class Hl7Sender(Hl7SenderOptions options)
{
    private readonly IPNetwork[] _networks = [.. options.Networks.Select(static network => IPNetwork.Parse(network))];

    /// <summary>The hospital.</summary>
    public TenantId Tenant { get; } = TenantId.Parse(options.Tenant);

    /// <summary>Its name in the audit trail.</summary>
    public string Agent { get; } = $"hl7:{options.Name}";

    /// <summary>What bytes are in that are not UTF-8 and do not say.</summary>
    public Encoding Charset { get; } = Hl7Charset.Find(options.Charset)!;

    /// <summary>The processing ids that are taken.</summary>
    public string Processing => options.Processing;

    /// <summary>Whether a connection may be its.</summary>
    public bool Fits(IPAddress? address, X509Certificate2? certificate)
    {
        var from = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return (_networks.Length == 0 || (from is not null && _networks.Any(network => network.Contains(from))))
            && (options.Certificate.Length == 0 || certificate?.MatchesHostname(options.Certificate, allowWildcards: false, allowCommonName: false) == true);
    }

    /// <summary>Whether a message may be its.</summary>
    public bool Fits(Hl7Message message)
    {
        return Is(options.Application, 3) && Is(options.Facility, 4) && Is(options.ReceivingFacility, 6);

        bool Is(string wanted, int field) => wanted.Length == 0 || message.Header.Text(field) == wanted;
    }

    /// <summary>The data types as it writes them.</summary>
    public Hl7Types Types(Hl7Message message) =>
        new(TimeZoneInfo.FindSystemTimeZoneById(options.TimeZone), message.Header.Text(4) is { Length: > 0 } facility ? facility : options.Name, (IReadOnlyDictionary<string, string>)options.Authorities);
}
