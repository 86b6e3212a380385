using System.Collections.Concurrent;
using System.Net.Sockets;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Hl7v2.Hl7World;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>Power cuts in the middle of messages, many times over.</summary>
public sealed class Hl7KillTests
{
    private const int Rounds = 3;
    private const int Senders = 6;
    private const int Beds = 8;

    [Fact]
    public async Task Host_KilledInTheMiddleOfMessages_EachHasOneEffectAndEveryAnswerHolds()
    {
        var data = Directory.CreateTempSubdirectory("medorleans-hl7-").FullName;
        try
        {
            var answered = new ConcurrentDictionary<string, string>();
            var unanswered = new ConcurrentQueue<string>();
            (string Id, string Secret)? credential = null;
            for (var round = 0; round <= Rounds; round++)
            {
                var port = FreePort();
                await using var host = await HostProcess.StartAsync(dataFolder: data, settings: Settings(port));
                if (credential is null)
                {
                    using var tenant = await host.CreateTenantAsync("north");
                    credential = (tenant.ClientId, tenant.ClientSecret);
                }

                using var client = await host.AuthorizedAsync(credential.Value.Id, credential.Value.Secret, null);
                var world = new Hl7World(client, "north", port);
                while (unanswered.TryDequeue(out var message))
                {
                    answered[message] = (await world.SendAsync(message)).Answer;
                }

                foreach (var (message, answer) in answered)
                {
                    Assert.Equal(answer, (await world.SendAsync(message)).Answer);
                }

                await HoldsAsync(world, client, host);
                if (round == Rounds)
                {
                    Assert.Contains(answered.Values, answer => answer.Contains("MSA|AA|", StringComparison.Ordinal));
                    break;
                }

                var done = 0;
                var enough = new TaskCompletionSource();
                var from = round * 1000;
                var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
                {
                    var random = new Random(from + sender);
                    string? current = null;
                    try
                    {
                        await using var connection = await world.ConnectAsync();
                        for (var visit = 0; ; visit++)
                        {
                            var number = $"V{from + sender}x{visit}";
                            foreach (var trigger in new[] { "A01", "A02", "A08", random.Next(4) == 0 ? "A11" : "A03" })
                            {
                                current = Adt(trigger, $"{number}-{trigger}", $"{sender}", number, $"3W^{random.Next(Beds)}^1", family: $"F{visit}");
                                answered[current] = (await SendAsync(connection, current)).Answer;
                                if (Interlocked.Increment(ref done) == 120)
                                {
                                    enough.TrySetResult();
                                }
                            }
                        }
                    }
                    catch (Exception e) when (e is IOException or SocketException or EndOfStreamException)
                    {
                        unanswered.Enqueue(current!);
                    }
                })).ToList();
                await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
                await host.KillAsync();
                await Task.WhenAll(senders);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>The beds say what the encounters say, no encounter lies in two, and usage is what is stored.</summary>
    private static async Task HoldsAsync(Hl7World world, HttpClient client, HostProcess host)
    {
        var wards = await world.FindAsync("Location?identifier=urn:medorleans:hl7v2:location|3W");
        if (wards.Count == 0)
        {
            return;
        }

        var census = await new WardWorld(client, "north").CensusAsync(wards[0].GetProperty("id").GetString()!);
        var open = (await world.FindAsync("Encounter?status=in-progress&_count=1000")).Where(encounter => encounter.TryGetProperty("location", out _))
            .Select(encounter => (Encounter: $"Encounter/{encounter.GetProperty("id").GetString()}", Bed: encounter.GetProperty("location").EnumerateArray().Last().GetProperty("location").GetProperty("reference").GetString()!))
            .Order().ToList();
        Assert.Equal(open, census.Where(bed => bed.Value is not null).Select(bed => (bed.Value!, $"Location/{bed.Key}")).Order());
        using var administrator = await host.OperatorAsync();
        await Eventually.TrueAsync(async () => (await Hospital.GetAsync(administrator, "/admin/tenants/north/usage/verification")).GetProperty("equal").GetBoolean());
    }
}
