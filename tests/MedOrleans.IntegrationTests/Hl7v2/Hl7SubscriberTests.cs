using System.Text.Json;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.IntegrationTests.Elasticity;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Hl7v2.Hl7World;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>Other systems are told of what is committed.</summary>
public sealed class Hl7SubscriberTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Subscriber_OfAHospital_IsToldOfAVisitInOrderAndNotOfWhatItSaidItself()
    {
        var (port, listener) = (FreePort(), FreePort());
        await using var receiver = new Hl7Receiver(port);
        var settings = Hl7Receiver.Settings(port).Concat(Settings(listener)).ToDictionary();
        settings["MEDORLEANS__Hl7__Subscribers__0__Sender"] = "his";
        await using var host = await HostProcess.StartAsync(await postgres.NewDatabaseAsync(), settings: settings);
        using var north = await host.CreateTenantAsync("north");
        var ward = new WardWorld(north.Client, "north");
        await UntilToldAsync(receiver, ward);
        await ward.FillAsync(beds: 3, patients: 2);
        await new Hl7World(north.Client, "north", listener).TakeAsync(Adt("A01", "own", "500", "V500", "3W^1^1"));

        var visit = (await ward.AdmitAsync("p1", "b0"))!;
        foreach (var (step, parameters) in new (string, string[])[]
        {
            ("transfer", [WardWorld.Reference("location", "Location/b1")]), ("cancel-transfer", []), ("leave", []), ("return", []), ("discharge", []), ("cancel-discharge", []), ("cancel-admit", []),
        })
        {
            Assert.Equal((step, 200), (step, (await ward.RunAsync($"Encounter/{visit}/${step}", parameters)).Status));
        }

        await Eventually.TrueAsync(() => receiver.EventsOf(visit).Count == 8);
        Assert.Equal(["A01", "A02", "A12", "A21", "A22", "A03", "A13", "A11"], receiver.EventsOf(visit));
        Assert.Equal(["A28"], receiver.EventsOf("p1").Take(1));
        var transfer = receiver.Taken.Single(message => message.Event == "A02");
        Assert.Equal(("3 West^Room 1^Bed 1", "3 West^Room 1^Bed 0"), (transfer.Require("PV1").Field(3).Raw, transfer.Require("PV1").Field(6).Raw));
        Assert.Empty(receiver.EventsOf("500"));
        Assert.Equal(receiver.Taken.Select(message => long.Parse(message.ControlId)).Order(), receiver.Taken.Select(message => long.Parse(message.ControlId)));
        using var metrics = new HttpClient();
        Assert.Matches("medorleans_hl7_sent[^\\n]*event=\"A12\"", await metrics.GetStringAsync(new Uri($"http://{host.Management}/metrics")));
    }

    [Fact]
    public async Task Subscriber_ThatIsAwayOrAnswersAnother_IsToldAgainUntilItAnswers()
    {
        var port = FreePort();
        await using var host = await HostProcess.StartAsync(await postgres.NewDatabaseAsync(), settings: Hl7Receiver.Settings(port));
        using var north = await host.CreateTenantAsync("north");
        var ward = new WardWorld(north.Client, "north");
        await using (var before = new Hl7Receiver(port))
        {
            await UntilToldAsync(before, ward);
        }

        await ward.FillAsync(beds: 1, patients: 3);
        var faults = 0;
        await using var receiver = new Hl7Receiver(port, message => (message.Require("PID").Text(3), faults) switch
        {
            ("p1", 0) when ++faults > 0 => null,
            ("p2", 1) when ++faults > 0 => Acknowledgement.Of("AA", null, [], DateTimeOffset.UtcNow, "x").Replace("MSA|AA|", "MSA|AA|another", StringComparison.Ordinal),
            _ => "AA",
        });
        await Eventually.TrueAsync(() => receiver.Taken.Count >= 2);

        // The answer to another message is passed over; without its own the message is sent again.
        Assert.Equal(["p0", "p1"], receiver.Taken.Select(message => message.Require("PID").Text(3)));
        await Eventually.TrueAsync(() => receiver.Taken.Count == 3, TimeSpan.FromMinutes(2));
        Assert.Equal("p2", receiver.Taken[2].Require("PID").Text(3));
        Assert.Equal(2, faults);
    }

    [Fact]
    public async Task Message_ThatIsRefused_IsPutAsideAndReplayed()
    {
        var port = FreePort();
        await using var receiver = new Hl7Receiver(port);
        await using var host = await HostProcess.StartAsync(await postgres.NewDatabaseAsync(), settings: Hl7Receiver.Settings(port));
        using var north = await host.CreateTenantAsync("north");
        var ward = new WardWorld(north.Client, "north");
        await UntilToldAsync(receiver, ward);
        receiver.Answer = message => message.Require("PID").Text(3) == "p1" ? "AE" : "AA";
        await ward.FillAsync(beds: 1, patients: 3);
        await Eventually.TrueAsync(() => receiver.EventsOf("p2").Count == 1);

        var world = new Hl7World(north.Client, "north", 0);
        var task = Assert.Single(await world.FindAsync("Task?identifier=urn:medorleans:hl7v2:outbound|&status=failed"));
        Assert.Equal(("AE: Who is that?", "Patient/p1", "hl7:lab"), (task.GetProperty("statusReason").GetProperty("text").GetString(), task.GetProperty("for").GetProperty("reference").GetString(), task.GetProperty("owner").GetProperty("display").GetString()));
        var file = Path.Combine(host.DataFolder, "north.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { server = $"http://{host.Http}", clientId = north.ClientId, clientSecret = north.ClientSecret }));
        var (code, output, error) = await HostProcess.CommandAsync(["hl7", "list", "--tenant", "north", "--undelivered", "--json", "--credentials", file]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Who is that?", output, StringComparison.Ordinal);
        var path = $"Task/{task.GetProperty("id").GetString()}/$replay";
        Assert.Equal("failed", (await ward.RunAsync(path)).Body.GetProperty("status").GetString());
        receiver.Answer = static _ => "AA";
        Assert.Equal("completed", (await ward.RunAsync(path)).Body.GetProperty("status").GetString());
        Assert.Equal(["A28"], receiver.EventsOf("p1"));
        Assert.Equal(422, (await ward.RunAsync(path)).Status);
        Assert.Empty(await world.FindAsync("Task?identifier=urn:medorleans:hl7v2:outbound|&status=failed"));
    }

    [Fact]
    public async Task Gateway_KilledWhileItTells_TheOtherGoesOnAndNothingIsLostOrOutOfOrder()
    {
        var port = FreePort();
        await using var receiver = new Hl7Receiver(port);
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 1, gateway: Hl7Receiver.Settings(port));
        using var north = await cluster.Gateway.CreateTenantAsync("north");
        var ward = new WardWorld(north.Client, "north");
        await UntilToldAsync(receiver, ward);
        await using var other = await cluster.AddGatewayAsync(Hl7Receiver.Settings(port));
        using var client = await other.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
        var survivor = new WardWorld(client, "north");
        await survivor.FillAsync(beds: 1, patients: 1);
        await Eventually.TrueAsync(() => receiver.EventsOf("p0").Count == 1);

        var names = Enumerable.Range(0, 60).Select(i => $"Name{i}").ToList();
        foreach (var (i, name) in names.Index())
        {
            using var changed = await survivor.PutAsync("Patient/p0", $$"""{"resourceType":"Patient","id":"p0","name":[{"family":"{{name}}"}]}""");
            Assert.True(changed.IsSuccessStatusCode);
            if (i == 20)
            {
                await Eventually.TrueAsync(() => receiver.EventsOf("p0").Count > 5);
                await cluster.Gateway.KillAsync();
            }
        }

        await Eventually.TrueAsync(() => receiver.Taken.Any(message => message.Require("PID").Text(5) == names[^1]));
        var told = receiver.Taken.Where(message => message.Require("PID").Text(3) == "p0" && message.Event == "A31").DistinctBy(message => message.ControlId).Select(message => message.Require("PID").Text(5)).ToList();
        Assert.Equal(names, told);
    }

    /// <summary>A feed begins with what is committed after it was first held: waits until it is told of something.</summary>
    private static async Task UntilToldAsync(Hl7Receiver receiver, WardWorld ward)
    {
        var probes = 0;
        await Eventually.TrueAsync(async () =>
        {
            using var made = await ward.PutAsync($"Patient/probe{probes++}", $$"""{"resourceType":"Patient","id":"probe{{probes - 1}}"}""");
            return receiver.Taken.Count > 0;
        });
        await Eventually.TrueAsync(() => receiver.EventsOf($"probe{probes - 1}").Count == 1);
    }
}
