using System.Collections.Concurrent;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Wards.WardWorld;

namespace MedOrleans.IntegrationTests.Schedules;

/// <summary>Power cuts in the middle of bookings, many times over.</summary>
public sealed class BookingKillTests
{
    private const int Rounds = 4;
    private const int Slots = 12;

    [Fact]
    public async Task Host_KilledInTheMiddleOfBookings_NoSlotHasTwoAndEveryAnswerHolds()
    {
        var data = Directory.CreateTempSubdirectory("medorleans-booking-").FullName;
        try
        {
            // What each command was answered, and those whose answer never came: they are sent again to the next process.
            var answered = new ConcurrentDictionary<string, (string Path, string[] Parameters, int Status, string Body)>();
            var unanswered = new ConcurrentBag<(string Path, string[] Parameters, string Command)>();
            (string Id, string Secret)? credential = null;
            var appointments = new ConcurrentBag<string>();
            for (var round = 0; round <= Rounds; round++)
            {
                await using var host = await HostProcess.StartAsync(dataFolder: data);
                if (credential is null)
                {
                    using var tenant = await host.CreateTenantAsync("north");
                    credential = (tenant.ClientId, tenant.ClientSecret);
                    await BookingTests.ClinicAsync(tenant.Client, "north", Slots);
                }

                using var client = await host.AuthorizedAsync(credential.Value.Id, credential.Value.Secret, null);
                var clinic = new WardWorld(client, "north");
                foreach (var (path, parameters, command) in unanswered.ToArray())
                {
                    var (status, body) = await clinic.RunAsync(path, parameters);
                    Note(path, parameters, command, status, body);
                }

                unanswered.Clear();
                foreach (var (path, parameters, status, body) in answered.Values.Where(answer => answer.Status is 200 or 201))
                {
                    var (again, text) = await clinic.RunAsync(path, parameters);
                    Assert.Equal((status, body), (again, text.GetRawText()));
                }

                await HoldsAsync(clinic);
                if (round == Rounds)
                {
                    break;
                }

                var enough = new TaskCompletionSource();
                var done = 0;
                var seed = round * 100;
                var workers = Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
                {
                    var random = new Random(seed + worker);
                    while (true)
                    {
                        var command = Guid.NewGuid().ToString();
                        var known = appointments.ToArray();
                        var path = known.Length == 0 || random.Next(2) == 0 ? "Appointment/$book" : $"Appointment/{known[random.Next(known.Length)]}/{(random.Next(3) == 0 ? "$reschedule" : "$cancel")}";
                        var slot = random.Next(Slots);
                        string[] parameters = [
                            $$"""{"name":"commandId","valueUuid":"urn:uuid:{{command}}"}""",
                            .. path.EndsWith("$book", StringComparison.Ordinal) ? new[] { Reference("patient", "Patient/p0") } : [],
                            .. path.EndsWith("$cancel", StringComparison.Ordinal) ? Array.Empty<string>() : slot + 1 < Slots && random.Next(2) == 0
                                ? [Reference("slot", $"Slot/s{slot}"), Reference("slot", $"Slot/s{slot + 1}")] : [Reference("slot", $"Slot/s{slot}")]];
                        try
                        {
                            var (status, body) = await clinic.RunAsync(path, parameters);
                            Note(path, parameters, command, status, body);
                            if (Interlocked.Increment(ref done) == 150)
                            {
                                enough.TrySetResult();
                            }
                        }
                        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException)
                        {
                            unanswered.Add((path, parameters, command));
                            return;
                        }
                    }
                })).ToList();
                await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
                await host.KillAsync();
                await Task.WhenAll(workers);
            }

            Assert.True(answered.Values.Count(answer => answer.Status is 200 or 201) > 50);

            void Note(string path, string[] parameters, string command, int status, JsonElement body)
            {
                Assert.True(status is 200 or 201 or 422 or 503, $"{path}: {status}");
                if (status == 503)
                {
                    unanswered.Add((path, parameters, command));
                    return;
                }

                answered[command] = (path, parameters, status, body.GetRawText());
                if (status == 201)
                {
                    appointments.Add(body.GetProperty("id").GetString()!);
                }
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>Each slot has at most one appointment, and both say the same.</summary>
    private static async Task HoldsAsync(WardWorld clinic)
    {
        var booked = (await EntriesAsync(clinic, "Appointment?status=booked&_count=1000")).SelectMany(appointment => appointment.GetProperty("slot").EnumerateArray()
            .Select(slot => (slot.GetProperty("reference").GetString()!, $"Appointment/{appointment.GetProperty("id").GetString()}"))).Order().ToList();
        var taken = (await EntriesAsync(clinic, "Slot?status=busy&_count=1000"))
            .Select(slot => ($"Slot/{slot.GetProperty("id").GetString()}", slot.GetProperty("extension")[0].GetProperty("valueReference").GetProperty("reference").GetString()!)).Order().ToList();
        Assert.Equal(booked, taken);
        Assert.Equal(booked.Count, booked.DistinctBy(pair => pair.Item1).Count());
    }

    private static async Task<List<JsonElement>> EntriesAsync(WardWorld clinic, string query) =>
        (await clinic.GetAsync(query)).TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource"))] : [];
}
