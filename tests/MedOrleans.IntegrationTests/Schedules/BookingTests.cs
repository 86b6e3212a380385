using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Wards.WardWorld;

namespace MedOrleans.IntegrationTests.Schedules;

/// <summary>The operations on appointments and schedules as a HIS sends them.</summary>
public sealed class BookingTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Fact]
    public async Task Operations_FromAPatternToACheckIn_ChangeAppointmentSlotsAndEncounter()
    {
        using var north = await fixture.Host.CreateTenantAsync("book-day");
        var clinic = await ClinicAsync(north.Client, "book-day");

        var (generated, schedule) = await clinic.RunAsync("Schedule/dr/$generate-slots", Date("from", "2035-06-04"), Date("to", "2035-06-08"), Time("start", "09:00:00"), Time("end", "10:30:00"),
            """{"name":"minutes","valuePositiveInt":30}""", Code("day", "mon"), Code("day", "wed"), Code("timeZone", "Europe/Berlin"));
        Assert.Equal((200, "2035-06-04T09:00:00+02:00"), (generated, schedule.GetProperty("planningHorizon").GetProperty("start").GetString()));
        var free = await FreeAsync(clinic);
        Assert.Equal(6, free.Count);

        var (booked, appointment) = await clinic.RunAsync("Appointment/$book", Reference("patient", "Patient/p0"), Reference("slot", $"Slot/{free[0]}"), Reference("slot", $"Slot/{free[1]}"), """{"name":"reason","valueString":"check"}""");
        var id = appointment.GetProperty("id").GetString();
        Assert.Equal((201, "booked", 60), (booked, appointment.GetProperty("status").GetString(), appointment.GetProperty("minutesDuration").GetInt32()));
        Assert.Equal(free[2..], await FreeAsync(clinic));
        var (taken, outcome) = await clinic.RunAsync("Appointment/$book", Reference("patient", "Patient/p1"), Reference("slot", $"Slot/{free[1]}"));
        Assert.Equal((422, $"Slot/{free[1]} is taken by another appointment."), (taken, outcome.GetProperty("issue")[0].GetProperty("diagnostics").GetString()));
        var (moved, again) = await clinic.RunAsync($"Appointment/{id}/$reschedule", Reference("schedule", "Schedule/dr"), """{"name":"start","valueDateTime":"2035-06-06T09:30:00+02:00"}""", """{"name":"end","valueDateTime":"2035-06-06T10:00:00+02:00"}""");
        Assert.Equal((200, $"Slot/{free[4]}"), (moved, again.GetProperty("slot")[0].GetProperty("reference").GetString()));
        Assert.Equal(5, (await FreeAsync(clinic)).Count);
        Assert.Equal(1, (await clinic.GetAsync("Appointment?actor=Practitioner/dr&_total=accurate")).GetProperty("total").GetInt32());

        var (early, why) = await clinic.RunAsync($"Appointment/{id}/$no-show");
        Assert.Equal(422, early);
        Assert.Contains("The appointment that is booked begins at", why.GetProperty("issue")[0].GetProperty("diagnostics").GetString(), StringComparison.Ordinal);
        var (arrived, encounter) = await clinic.RunAsync($"Appointment/{id}/$check-in");
        Assert.Equal((201, "arrived", $"Appointment/{id}"), (arrived, encounter.GetProperty("status").GetString(), encounter.GetProperty("appointment")[0].GetProperty("reference").GetString()));
        Assert.Equal(1, (await clinic.GetAsync($"Encounter?appointment=Appointment/{id}&_total=accurate")).GetProperty("total").GetInt32());
        var (late, forbidden) = await clinic.RunAsync($"Appointment/{id}/$cancel");
        Assert.Equal((422, "An appointment that is checked-in cannot be cancelled: it has to be proposed, waitlist, pending, booked or arrived."), (late, forbidden.GetProperty("issue")[0].GetProperty("diagnostics").GetString()));
        Assert.Equal(200, (await clinic.RunAsync($"Encounter/{encounter.GetProperty("id").GetString()}/$admit")).Status);
    }

    [Fact]
    public async Task Book_AProposedAppointment_TakesWhatItSays()
    {
        using var north = await fixture.Host.CreateTenantAsync("book-proposed");
        var clinic = await ClinicAsync(north.Client, "book-proposed", slots: 2);
        const string proposed = """{"resourceType":"Appointment","status":"proposed","slot":[{"reference":"Slot/s0"}],"priority":3,"participant":[{"actor":{"reference":"Patient/p0"},"status":"needs-action"}]}""";

        var (booked, appointment) = await clinic.RunAsync("Appointment/$book", $$"""{"name":"appointment","resource":{{proposed}}}""");
        Assert.Equal((201, 3), (booked, appointment.GetProperty("priority").GetInt32()));
        using var stored = await clinic.PutAsync("Appointment/waiting", proposed.Replace("\"status\":\"proposed\"", "\"id\":\"waiting\",\"status\":\"waitlist\"", StringComparison.Ordinal).Replace("s0", "s1", StringComparison.Ordinal));
        Assert.Equal(201, (int)stored.StatusCode);
        var (waited, listed) = await clinic.RunAsync("Appointment/waiting/$book");
        Assert.Equal((200, "booked"), (waited, listed.GetProperty("status").GetString()));
        Assert.Empty(await FreeAsync(clinic));
        var (cancelled, gone) = await clinic.RunAsync("Appointment/waiting/$cancel", """{"name":"reason","valueCoding":{"code":"pat"}}""");
        Assert.Equal((200, "pat"), (cancelled, gone.GetProperty("cancelationReason").GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Equal(["s1"], await FreeAsync(clinic));
    }

    [Fact]
    public async Task Book_SentAgainWithItsCommandId_IsAnsweredAsTheFirstTime()
    {
        using var north = await fixture.Host.CreateTenantAsync("book-again");
        var clinic = await ClinicAsync(north.Client, "book-again", slots: 2);
        string[] book = [Reference("patient", "Patient/p0"), Reference("slot", "Slot/s0"), $$"""{"name":"commandId","valueUuid":"urn:uuid:{{Guid.NewGuid()}}"}"""];

        var first = await clinic.RunAsync("Appointment/$book", book);
        await clinic.RunAsync($"Appointment/{first.Body.GetProperty("id").GetString()}/$cancel");
        var again = await clinic.RunAsync("Appointment/$book", book);

        Assert.Equal((201, 201, first.Body.GetRawText()), (first.Status, again.Status, again.Body.GetRawText()));
        Assert.Equal(["s0", "s1"], await FreeAsync(clinic));
    }

    [Fact]
    public async Task PlainWrites_OfAppointmentsAndSlots_NeverBookTwice()
    {
        using var north = await fixture.Host.CreateTenantAsync("book-plain");
        var clinic = await ClinicAsync(north.Client, "book-plain", slots: 2);
        static string Appointment(string id, string slot) =>
            $$"""{"resourceType":"Appointment","id":"{{id}}","status":"booked","slot":[{"reference":"Slot/{{slot}}"}],"start":"2035-01-01T00:00:00Z","end":"2035-01-01T01:00:00Z","participant":[{"actor":{"reference":"Patient/p0"},"status":"accepted"}]}""";
        var (_, appointment) = await clinic.RunAsync("Appointment/$book", Reference("patient", "Patient/p0"), Reference("slot", "Slot/s0"));

        using var posted = await clinic.PostAsync("Appointment", Appointment("x", "s0"));
        using var put = await clinic.PutAsync("Appointment/x", Appointment("x", "s1"));
        using var freed = await clinic.PutAsync("Slot/s0", """{"resourceType":"Slot","id":"s0","schedule":{"reference":"Schedule/dr"},"status":"free","start":"2035-01-01T00:00:00Z","end":"2035-01-01T01:00:00Z"}""");
        using var both = await clinic.PostAsync("", $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{{{Appointment("x", "s1")}}},"request":{"method":"PUT","url":"Appointment/x"}},{"request":{"method":"DELETE","url":"Slot/s0"}}]}""");
        using var arrived = await clinic.PutAsync($"Appointment/{appointment.GetProperty("id").GetString()}", appointment.GetRawText().Replace("\"status\":\"booked\"", "\"status\":\"arrived\"", StringComparison.Ordinal));

        Assert.Equal([422, 422, 422, 422, 200], new[] { posted, put, freed, both, arrived }.Select(response => (int)response.StatusCode));
        Assert.Contains("$book", await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(["s1"], await FreeAsync(clinic));
    }

    [Fact]
    public async Task Operation_WithWrongParametersOrScopes_SaysWhich()
    {
        using var north = await fixture.Host.CreateTenantAsync("book-wrong");
        var clinic = await ClinicAsync(north.Client, "book-wrong", slots: 1);

        Assert.Equal(422, (await clinic.RunAsync("Appointment/$book")).Status);
        Assert.Equal(400, (await clinic.RunAsync("Appointment/$book", Reference("slot", "Schedule/dr"))).Status);
        Assert.Equal(400, (await clinic.RunAsync("Appointment/$book", """{"name":"appointment","resource":{"resourceType":"Patient"}}""")).Status);
        Assert.Equal(404, (await clinic.RunAsync("Appointment/none/$cancel")).Status);
        Assert.Equal(404, (await clinic.RunAsync("Schedule/none/$generate-slots", Date("from", "2035-06-04"), Date("to", "2035-06-08"), Time("start", "09:00:00"), Time("end", "10:30:00"), """{"name":"minutes","valueInteger":30}""")).Status);
        Assert.Equal(400, (await clinic.RunAsync("Schedule/dr/$generate-slots", Date("from", "2035-06-04"), Time("start", "09:00:00"), Code("day", "monday"))).Status);
        Assert.Equal(422, (await clinic.RunAsync("Schedule/dr/$generate-slots", Date("from", "2035-06-04"), Date("to", "2035-06-08"), Time("start", "09:00:00"), Time("end", "10:30:00"), """{"name":"minutes","valueInteger":30}""", Code("timeZone", "Mars/Base"))).Status);
        using var reader = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/*.rs");
        Assert.Equal(403, (await new WardWorld(reader, "book-wrong").RunAsync("Appointment/$book", Reference("patient", "Patient/p0"), Reference("slot", "Slot/s0"))).Status);
        using var basic = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Slot.cruds");
        Assert.Equal(403, (await new WardWorld(basic, "book-wrong").RunAsync("Appointment/$book", Reference("patient", "Patient/p0"), Reference("slot", "Slot/s0"))).Status);
        using var south = await fixture.Host.CreateTenantAsync("book-south");
        Assert.Equal(404, (await new WardWorld(south.Client, "book-south").RunAsync("Appointment/none/$check-in")).Status);
    }

    /// <summary>Two patients, and a practitioner's schedule with free slots <c>s0</c>, <c>s1</c>, …</summary>
    internal static async Task<WardWorld> ClinicAsync(HttpClient client, string tenant, int slots = 0)
    {
        var clinic = new WardWorld(client, tenant);
        await clinic.FillAsync(beds: 0, patients: 2);
        using var schedule = await clinic.PutAsync("Schedule/dr", """{"resourceType":"Schedule","id":"dr","actor":[{"reference":"Practitioner/dr"}]}""");
        Assert.Equal(201, (int)schedule.StatusCode);
        for (var i = 0; i < slots; i++)
        {
            using var slot = await clinic.PutAsync($"Slot/s{i}", $$"""{"resourceType":"Slot","id":"s{{i}}","schedule":{"reference":"Schedule/dr"},"status":"free","start":"2035-01-01T{{i:00}}:00:00Z","end":"2035-01-01T{{i + 1:00}}:00:00Z"}""");
            Assert.Equal(201, (int)slot.StatusCode);
        }

        return clinic;
    }

    /// <summary>The ids of the free slots, by their beginning.</summary>
    internal static async Task<List<string>> FreeAsync(WardWorld clinic)
    {
        var found = await clinic.GetAsync("Slot?schedule=Schedule/dr&status=free&_sort=start&_count=100");
        return found.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()!)] : [];
    }

    private static string Date(string name, string value) => $$"""{"name":"{{name}}","valueDate":"{{value}}"}""";

    private static string Time(string name, string value) => $$"""{"name":"{{name}}","valueTime":"{{value}}"}""";

    private static string Code(string name, string value) => $$"""{"name":"{{name}}","valueCode":"{{value}}"}""";
}
