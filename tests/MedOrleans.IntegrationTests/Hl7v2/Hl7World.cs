using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Mllp;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>A listener's settings, messages of our own making, and what became of them.</summary>
internal sealed class Hl7World(HttpClient client, string tenant, int port)
{
    /// <summary>A port that nobody listens at now.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(System.Net.IPAddress.Loopback, 0);
        probe.Start();
        return ((System.Net.IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>A listener on this machine for two hospitals, told apart by MSH-4.</summary>
    public static Dictionary<string, string> Settings(int port)
    {
        const string Listener = "MEDORLEANS__Hl7__Listeners__0";
        return new()
        {
            [$"{Listener}__Address"] = string.Create(CultureInfo.InvariantCulture, $"mllp://127.0.0.1:{port}"),
            [$"{Listener}__Senders__0__Name"] = "his",
            [$"{Listener}__Senders__0__Tenant"] = "north",
            [$"{Listener}__Senders__0__Facility"] = "NORTH",
            [$"{Listener}__Senders__0__Networks__0"] = "127.0.0.0/8",
            [$"{Listener}__Senders__0__Authorities__MRN"] = "https://north.example/mrn",
            [$"{Listener}__Senders__1__Name"] = "his",
            [$"{Listener}__Senders__1__Tenant"] = "south",
            [$"{Listener}__Senders__1__Facility"] = "SOUTH",
            [$"{Listener}__Senders__1__Networks__0"] = "127.0.0.0/8",
        };
    }

    /// <summary>MSH.</summary>
    public static string Header(string type, string controlId, string facility = "NORTH", string rest = "", string version = "2.5.1") =>
        $"MSH|^~\\&|HIS|{facility}|MEDORLEANS|{facility}|20261120081500+0000||{type}|{controlId}|P|{version}{rest}\r";

    /// <summary>A message about a patient's visit.</summary>
    public static string Adt(string trigger, string controlId, string patient, string visit, string place = "", string family = "Berg", string rest = "", string facility = "NORTH", string encounterClass = "I") =>
        Header($"ADT^{trigger}", controlId, facility, rest) + $"EVN|{trigger}\rPID|1||{patient}^^^MRN^MR||{family}^Ada||19610615|F\rPV1|1|{encounterClass}|{place}||||77^Quist^Mia|||SUR|||||||||{visit}\r";

    /// <summary>Connects.</summary>
    public Task<MllpClient> ConnectAsync() => MllpClient.ConnectAsync("127.0.0.1", port, null, CancellationToken.None);

    /// <summary>Sends a message over a connection of its own; its code, and the text of its error.</summary>
    public async Task<(string Code, string Reason, string Answer)> SendAsync(string message)
    {
        await using var connection = await ConnectAsync();
        return await SendAsync(connection, message);
    }

    /// <summary>Sends a message.</summary>
    public static async Task<(string Code, string Reason, string Answer)> SendAsync(MllpClient connection, string message)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var answer = Hl7Message.Parse(Encoding.UTF8.GetString(await connection.SendAsync(Encoding.UTF8.GetBytes(message), limit.Token)));
        Assert.Equal(Hl7Message.Parse(message).ControlId, Acknowledgement.Read(answer)!.Value.ControlId);
        return (Acknowledgement.Read(answer)!.Value.Code, answer.Find("ERR") is { } err ? $"{err.Field(2).Raw} {err.Text(3)} {err.Text(8)}".Trim() : "", answer.ToString());
    }

    /// <summary>Sends a message that has to be taken.</summary>
    public async Task TakeAsync(string message)
    {
        var (code, reason, _) = await SendAsync(message);
        Assert.True(code == "AA", $"{code} {reason}");
    }

    /// <summary>The resources that a search finds.</summary>
    public async Task<List<JsonElement>> FindAsync(string query)
    {
        var found = await Hospital.GetAsync(client, $"/fhir/{tenant}/{query}");
        return found.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource"))] : [];
    }

    /// <summary>The one resource that a search finds.</summary>
    public async Task<JsonElement> OneAsync(string query) => Assert.Single(await FindAsync(query));

    /// <summary>The encounter of a visit.</summary>
    public Task<JsonElement> VisitAsync(string number) => OneAsync($"Encounter?identifier={number}");
}
