using System.Net;
using System.Security.Cryptography;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>Hosts of a test's own: network namespaces on a bridge of this machine, and cuts between them. Needs root.</summary>
internal sealed class TestNetwork : IAsyncDisposable
{
    private readonly string _name = $"mo{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
    private readonly int _third = RandomNumberGenerator.GetInt32(1, 255);
    private readonly int _hosts;

    private TestNetwork(int hosts) => _hosts = hosts;

    /// <summary>The address of this machine in it.</summary>
    public IPAddress Root => IPAddress.Parse($"10.213.{_third}.1");

    /// <summary>Makes the hosts.</summary>
    public static async Task<TestNetwork> CreateAsync(int hosts)
    {
        var network = new TestNetwork(hosts);
        try
        {
            await IpAsync($"link add {network._name} type bridge");
            await IpAsync($"addr add {network.Root}/24 dev {network._name}");
            await IpAsync($"link set {network._name} up");
            for (var i = 0; i < hosts; i++)
            {
                await IpAsync($"netns add {network.Host(i)}");
                await IpAsync($"link add {network.Host(i)} type veth peer name eth0 netns {network.Host(i)}");
                await IpAsync($"link set {network.Host(i)} master {network._name} up");
                await IpAsync($"-n {network.Host(i)} addr add {network.Address(i)}/24 dev eth0");
                await IpAsync($"-n {network.Host(i)} link set eth0 up");
                await IpAsync($"-n {network.Host(i)} link set lo up");
            }
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }

        return network;
    }

    /// <summary>A host's address.</summary>
    public IPAddress Address(int host) => IPAddress.Parse($"10.213.{_third}.{10 + host}");

    /// <summary>What starts a process on a host.</summary>
    public string[] Launcher(int host) => ["ip", "netns", "exec", Host(host)];

    /// <summary>Cuts the network between two hosts: what either sends to the other goes to nobody. Connections stay open, and silent.</summary>
    public async Task CutAsync(int one, int other)
    {
        await IpAsync($"-n {Host(one)} neigh replace {Address(other)} lladdr 02:00:00:00:00:01 dev eth0 nud permanent");
        await IpAsync($"-n {Host(other)} neigh replace {Address(one)} lladdr 02:00:00:00:00:01 dev eth0 nud permanent");
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < _hosts; i++)
        {
            await Tool.RunAsync("ip", ["netns", "del", Host(i)]);
        }

        await Tool.RunAsync("ip", ["link", "del", _name]);
    }

    private static async Task IpAsync(string arguments)
    {
        var (code, output) = await Tool.RunAsync("ip", arguments.Split(' '));
        Assert.True(code == 0, $"ip {arguments}: {output}");
    }

    private string Host(int number) => $"{_name}{number}";
}
