using System.Net;
using MedOrleans.Cluster;
using MedOrleans.Connections;
using MedOrleans.Record.Store;

namespace MedOrleans.Host.Hosting;

/// <summary>What part of the cluster a process is.</summary>
public enum HostRole
{
    /// <summary>A silo and a gateway in one process.</summary>
    All,

    /// <summary>A silo alone; its public address answers nothing.</summary>
    Silo,

    /// <summary>A gateway alone: the network edge of silos that run elsewhere.</summary>
    Gateway,

    /// <summary>A gateway that keeps silos beside it on its machine, as many as the autoscaler wants.</summary>
    Supervisor,
}

/// <summary>The process as a whole: section <c>MedOrleans</c>.</summary>
public sealed class ProcessOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans";

    /// <summary>Where the embedded databases and the operator's credential are.</summary>
    public string DataFolder { get; set; } = "medorleans-data";

    /// <summary>What part of the cluster this process is.</summary>
    public HostRole Role { get; set; }

    /// <summary>Whether it has grains.</summary>
    internal bool IsSilo => Role is HostRole.All or HostRole.Silo;

    /// <summary>Whether it takes requests.</summary>
    internal bool IsGateway => Role != HostRole.Silo;

    /// <summary>How long the start waits for the databases; 0 to 1 hour.</summary>
    public TimeSpan DatabaseWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop may take; 1 second to 10 minutes.</summary>
    public TimeSpan StopLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The public address.</summary>
    public HttpOptions Http { get; set; } = new();

    /// <summary>The operator's address: metrics, health, the Orleans dashboard.</summary>
    public ManagementOptions Management { get; set; } = new();

    /// <summary>The cluster.</summary>
    public ClusterSettings Cluster { get; set; } = new();

    /// <summary>The silo.</summary>
    public SiloSettings Silo { get; set; } = new();

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes(RecordStoresOptions record)
    {
        if (string.IsNullOrWhiteSpace(DataFolder))
        {
            yield return $"{Section}:DataFolder: is empty.";
        }

        if (DatabaseWait < TimeSpan.Zero || DatabaseWait > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:DatabaseWait: must be between 00:00:00 and 01:00:00.";
        }

        if (StopLimit < TimeSpan.FromSeconds(1) || StopLimit > TimeSpan.FromMinutes(10))
        {
            yield return $"{Section}:StopLimit: must be between 00:00:01 and 00:10:00.";
        }

        var embedded = record.Databases.TryGetValue(record.Home, out var home) && home.Provider == RecordProvider.Sqlite;
        if (embedded && Role != HostRole.All)
        {
            yield return $"{Section}:Role: {Role} needs PostgreSQL; with SQLite one process is everything (All).";
        }

        if (Role == HostRole.Supervisor && OperatingSystem.IsWindows())
        {
            yield return $"{Section}:Role: Supervisor starts processes by a Unix shell, which this machine has not.";
        }

        if (EndPoint(Http.Address) is { Port: not 0 } http && http.Equals(EndPoint(Management.Address)))
        {
            yield return $"{Section}:Management:Address: is the public address.";
        }

        foreach (var mistake in Http.Mistakes().Concat(Management.Mistakes()).Concat(Cluster.Mistakes(IsSilo)).Concat(Silo.Mistakes()))
        {
            yield return $"{Section}:{mistake}";
        }
    }

    /// <summary>Reads <c>http://address:port</c> (or another scheme's), the address as a number or <c>localhost</c>.</summary>
    internal static IPEndPoint? EndPoint(string address, string scheme = "http") =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == scheme && uri.AbsolutePath == "/"
        && (uri.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(uri.Host.Trim('[', ']'), out var number) ? number : null) is { } ip
            ? new IPEndPoint(ip, uri.Port)
            : null;
}

/// <summary>The public address: section <c>MedOrleans:Http</c>.</summary>
public sealed class HttpOptions
{
    /// <summary>Where it listens. TLS is the work of the proxy before it.</summary>
    public string Address { get; set; } = "http://127.0.0.1:8080";

    /// <summary>The proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c> and <c>-Host</c> are believed, each an ip address or a network (<c>10.0.4.0/24</c>); none unless named.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>The most connections; 1 to 1,000,000.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>How long the headers of a request may take; 1 second to 5 minutes.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection is kept; 1 second to 1 hour.</summary>
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the process, told to stop, still serves while <c>/health/ready</c> says no and answers ask for the connection's end, so that the
    /// balancer before it sends nothing more; 0 to 1 minute.
    /// </summary>
    public TimeSpan StopNotice { get; set; }

    /// <summary>The fewest bytes a second that a body must come (and an answer be taken) with, after 5 s; 1 to 1,000,000.</summary>
    public int MinBytesPerSecond { get; set; } = 240;

    /// <summary>Reads an ip address, which is a network of one, or a network.</summary>
    internal static IPNetwork? Network(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : null;

    internal IEnumerable<string> Mistakes()
    {
        if (ProcessOptions.EndPoint(Address) is null)
        {
            yield return "Http:Address: must be http://{ip address}:{port}.";
        }

        foreach (var proxy in TrustedProxies.Where(proxy => Network(proxy) is null))
        {
            yield return $"Http:TrustedProxies: '{proxy}' is neither an ip address nor a network such as 10.0.4.0/24.";
        }

        if (MaxConnections is < 1 or > 1_000_000)
        {
            yield return "Http:MaxConnections: must be between 1 and 1000000.";
        }

        if (HeadersTimeout < TimeSpan.FromSeconds(1) || HeadersTimeout > TimeSpan.FromMinutes(5))
        {
            yield return "Http:HeadersTimeout: must be between 00:00:01 and 00:05:00.";
        }

        if (KeepAlive < TimeSpan.FromSeconds(1) || KeepAlive > TimeSpan.FromHours(1))
        {
            yield return "Http:KeepAlive: must be between 00:00:01 and 01:00:00.";
        }

        if (StopNotice < TimeSpan.Zero || StopNotice > TimeSpan.FromMinutes(1))
        {
            yield return "Http:StopNotice: must be between 00:00:00 and 00:01:00.";
        }

        if (MinBytesPerSecond is < 1 or > 1_000_000)
        {
            yield return "Http:MinBytesPerSecond: must be between 1 and 1000000.";
        }
    }
}

/// <summary>The operator's address: section <c>MedOrleans:Management</c>.</summary>
public sealed class ManagementOptions
{
    /// <summary>Where it listens.</summary>
    public string Address { get; set; } = "http://127.0.0.1:8081";

    internal IEnumerable<string> Mistakes()
    {
        if (ProcessOptions.EndPoint(Address) is null)
        {
            yield return "Management:Address: must be http://{ip address}:{port}.";
        }
    }
}

/// <summary>The cluster: section <c>MedOrleans:Cluster</c>.</summary>
public sealed class ClusterSettings
{
    /// <summary>The id that the silos of one cluster share.</summary>
    public string ClusterId { get; set; } = "medorleans";

    /// <summary>The id under which grain state is kept; stays the same for the life of the record.</summary>
    public string ServiceId { get; set; } = "medorleans";

    /// <summary>The address that other silos and gateways reach this silo under; it listens there alone.</summary>
    public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>The port for other silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for gateways and .NET clients.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>
    /// The files by which silos, gateways and .NET clients prove to each other who they are (mutual TLS): a silo's certificate has the DNS name <c>silo.{ClusterId}</c>, a gateway's
    /// <c>gateway.{ClusterId}</c> or a silo's, a .NET client's <c>client.{ClusterId}</c>. None: the ports are open to whoever reaches them.
    /// </summary>
    public TlsFiles Tls { get; set; } = new();

    /// <summary>Whether a silo without certificates may listen where other machines reach it.</summary>
    public bool OpenPortsWithoutCertificates { get; set; }

    internal IEnumerable<string> Mistakes(bool isSilo)
    {
        foreach (var mistake in Tls.IsGiven ? Tls.Missing($"{ProcessOptions.Section}:Cluster:Tls") : [])
        {
            yield return mistake[(ProcessOptions.Section.Length + 1)..];
        }

        if (string.IsNullOrWhiteSpace(ClusterId) || ClusterId.Length > 150)
        {
            yield return "Cluster:ClusterId: must have 1 to 150 characters.";
        }

        if (string.IsNullOrWhiteSpace(ServiceId) || ServiceId.Length > 150)
        {
            yield return "Cluster:ServiceId: must have 1 to 150 characters.";
        }

        if (!IPAddress.TryParse(AdvertisedAddress, out var address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any))
        {
            yield return "Cluster:AdvertisedAddress: must be an ip address that others can reach.";
        }
        else if (isSilo && !IPAddress.IsLoopback(address) && !Tls.IsGiven && !OpenPortsWithoutCertificates)
        {
            yield return $"Cluster:AdvertisedAddress: {address} can be reached from other machines, and without certificates whoever reaches the silo's ports is let in; give MedOrleans:Cluster:Tls "
                + "(medorleans tls create makes certificates), or set MedOrleans:Cluster:OpenPortsWithoutCertificates where the network keeps everybody else away.";
        }

        if (SiloPort is < 1 or > 65535)
        {
            yield return "Cluster:SiloPort: must be between 1 and 65535.";
        }

        if (GatewayPort is < 1 or > 65535 || GatewayPort == SiloPort)
        {
            yield return "Cluster:GatewayPort: must be between 1 and 65535, and not the silo port.";
        }
    }
}

/// <summary>The silo: section <c>MedOrleans:Silo</c>.</summary>
public sealed class SiloSettings
{
    /// <summary>The pool that the silo is labelled for: it runs the hospitals of that pool, and no other's.</summary>
    public string Pool { get; set; } = ISiloPoolsGrain.Community;

    /// <summary>How long a silo that is told to stop may take to move what it has to the others; 0 to 5 minutes.</summary>
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(20);

    internal IEnumerable<string> Mistakes()
    {
        if (DrainLimit < TimeSpan.Zero || DrainLimit > TimeSpan.FromMinutes(5))
        {
            yield return "Silo:DrainLimit: must be between 00:00:00 and 00:05:00.";
        }

        if (!TenantId.TryParse(Pool, out _))
        {
            yield return "Silo:Pool: must have 2 to 40 characters of a-z, 0-9 and '-', and begin with a letter.";
        }
    }
}
