using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Wards.WardWorld;

namespace MedOrleans.IntegrationTests.Orders;

/// <summary>The operations on orders as a HIS and a laboratory send them.</summary>
public sealed class OrderTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private const string Code = """{"name":"code","valueCodeableConcept":{"coding":[{"system":"http://loinc.org","code":"2345-7"}],"text":"Glucose"}}""";

    [Fact]
    public async Task Operations_FromAnOrderToACorrection_ChangeOrderReportAndObservations()
    {
        using var north = await fixture.Host.CreateTenantAsync("order-life");
        var lab = await LabAsync(north.Client, "order-life");

        var (placed, order) = await lab.RunAsync("ServiceRequest/$place", Reference("patient", "Patient/p0"), Code, Reference("department", "Organization/lab"), Text("priority", "urgent"));
        var id = order.GetProperty("id").GetString();
        Assert.Equal((201, "active", "urgent"), (placed, order.GetProperty("status").GetString(), order.GetProperty("priority").GetString()));
        var (accessioned, taken) = await lab.RunAsync($"ServiceRequest/{id}/$accession");
        var identifier = taken.GetProperty("identifier")[0];
        Assert.Equal((200, "ACSN"), (accessioned, identifier.GetProperty("type").GetProperty("coding")[0].GetProperty("code").GetString()));
        Assert.Equal(1, (await lab.GetAsync($"ServiceRequest?identifier={identifier.GetProperty("value").GetString()}&_total=accurate")).GetProperty("total").GetInt32());

        var (preliminary, _) = await lab.RunAsync($"ServiceRequest/{id}/$result", Text("status", "preliminary"), Observation("5.1", "g1"), Observation("7.2", "g2"));
        Assert.Equal((201, "preliminary"), (preliminary, await StatusAsync("Observation/g1")));
        var (held, waiting) = await lab.RunAsync($"ServiceRequest/{id}/$hold", """{"name":"reason","valueString":"clotted"}""");
        Assert.Equal((200, "on-hold", "clotted"), (held, waiting.GetProperty("status").GetString(), waiting.GetProperty("extension").EnumerateArray().Single(extension => extension.GetProperty("url").GetString()!.EndsWith("request-statusReason", StringComparison.Ordinal)).GetProperty("valueCodeableConcept").GetProperty("text").GetString()));
        var (refused, why) = await lab.RunAsync($"ServiceRequest/{id}/$result", Text("status", "final"));
        Assert.Equal((422, "An order that is on-hold cannot get a result: it has to be active or completed."), (refused, why.GetProperty("issue")[0].GetProperty("diagnostics").GetString()));
        Assert.Equal(200, (await lab.RunAsync($"ServiceRequest/{id}/$resume")).Status);
        var (final, report) = await lab.RunAsync($"ServiceRequest/{id}/$result", """{"name":"report","resource":{"resourceType":"DiagnosticReport","status":"final","code":{"text":"Glucose"},"conclusion":"high"}}""");
        Assert.Equal((200, 2, "completed", "final"), (final, report.GetProperty("result").GetArrayLength(), await StatusAsync($"ServiceRequest/{id}"), await StatusAsync("Observation/g2")));
        var (corrected, again) = await lab.RunAsync($"ServiceRequest/{id}/$result", Text("status", "corrected"), Observation("6.1", "g1"));
        Assert.Equal((200, "corrected", "high", "corrected", "final"), (corrected, again.GetProperty("status").GetString(), again.GetProperty("conclusion").GetString(), await StatusAsync("Observation/g1"), await StatusAsync("Observation/g2")));
        Assert.Equal(422, (await lab.RunAsync($"ServiceRequest/{id}/$revoke")).Status);
        Assert.Equal(1, (await lab.GetAsync($"DiagnosticReport?based-on=ServiceRequest/{id}&status=corrected&_total=accurate")).GetProperty("total").GetInt32());
        Assert.Equal(2, (await lab.GetAsync($"Observation?based-on=ServiceRequest/{id}&patient=Patient/p0&_total=accurate")).GetProperty("total").GetInt32());
        using var put = await lab.PutAsync("Observation/g1", """{"resourceType":"Observation","id":"g1","status":"final","code":{"text":"Glucose"}}""");
        Assert.Equal(422, (int)put.StatusCode);

        async Task<string?> StatusAsync(string path) => (await lab.GetAsync(path)).GetProperty("status").GetString();
    }

    [Fact]
    public async Task Worklist_OfADepartment_HasItsOpenOrdersByPriorityAndAge()
    {
        using var north = await fixture.Host.CreateTenantAsync("order-list");
        var lab = await LabAsync(north.Client, "order-list");
        async Task<string> PlaceAsync(string name, string? priority, string department, string authored)
        {
            var priorityMember = priority is null ? "" : $"\"priority\":\"{priority}\",";
            var (status, order) = await lab.RunAsync("ServiceRequest/$place", $$$"""{"name":"order","resource":{"resourceType":"ServiceRequest",{{{priorityMember}}}"intent":"order","subject":{"reference":"Patient/p0"},"code":{"text":"{{{name}}}"},"performer":[{"reference":"{{{department}}}"}],"authoredOn":"{{{authored}}}"}}""");
            Assert.Equal(201, status);
            return order.GetProperty("id").GetString()!;
        }

        await PlaceAsync("new routine", null, "Organization/lab", "2026-01-03T08:00:00Z");
        await PlaceAsync("old routine", "routine", "Organization/lab", "2026-01-01T08:00:00Z");
        await PlaceAsync("late stat", "stat", "Organization/lab", "2026-01-04T08:00:00Z");
        await PlaceAsync("early stat", "stat", "Organization/lab", "2026-01-02T08:00:00Z");
        await PlaceAsync("urgent", "urgent", "Organization/lab", "2026-01-01T08:00:00Z");
        await PlaceAsync("asap", "asap", "Organization/lab", "2026-01-05T08:00:00Z");
        await PlaceAsync("scan", "stat", "HealthcareService/ct", "2026-01-01T08:00:00Z");
        var gone = await PlaceAsync("revoked", "stat", "Organization/lab", "2026-01-01T08:00:00Z");
        var waits = await PlaceAsync("waits", "stat", "Organization/lab", "2026-01-01T08:00:00Z");
        Assert.Equal(200, (await lab.RunAsync($"ServiceRequest/{gone}/$revoke", """{"name":"reason","valueString":"duplicate"}""")).Status);
        Assert.Equal(200, (await lab.RunAsync($"ServiceRequest/{waits}/$hold")).Status);

        Assert.Equal(["early stat", "late stat", "asap", "urgent", "old routine", "new routine"], await ListAsync(lab, "department=Organization/lab"));
        Assert.Equal(["early stat", "late stat", "asap"], await ListAsync(lab, "department=lab&_count=3"));
        Assert.Equal(["waits"], await ListAsync(lab, "department=lab&status=on-hold"));
        Assert.Equal(["scan"], await ListAsync(lab, "department=HealthcareService/ct"));
        var bundle = await lab.GetAsync("ServiceRequest/$worklist?department=lab&_count=2");
        Assert.Equal((6, 3), (bundle.GetProperty("total").GetInt32(), bundle.GetProperty("entry").GetArrayLength()));
        using var blind = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/ServiceRequest.rs");
        Assert.Equal(2, (await new WardWorld(blind, "order-list").GetAsync("ServiceRequest/$worklist?department=lab&_count=2")).GetProperty("entry").GetArrayLength());
        using var south = await fixture.Host.CreateTenantAsync("order-south");
        Assert.Empty(await ListAsync(new WardWorld(south.Client, "order-south"), "department=lab"));
    }

    [Fact]
    public async Task Operation_WithWrongParametersOrScopes_SaysWhich()
    {
        using var north = await fixture.Host.CreateTenantAsync("order-wrong");
        var lab = await LabAsync(north.Client, "order-wrong");
        var (_, order) = await lab.RunAsync("ServiceRequest/$place", Reference("patient", "Patient/p0"), Code);
        var id = order.GetProperty("id").GetString();

        Assert.Equal(422, (await lab.RunAsync("ServiceRequest/$place", Code)).Status);
        Assert.Equal(400, (await lab.RunAsync("ServiceRequest/$place", Code, Reference("patient", "Patient/p0"), Reference("department", "Location/ward"))).Status);
        Assert.Equal(400, (await lab.RunAsync($"ServiceRequest/{id}/$result")).Status);
        Assert.Equal(422, (await lab.RunAsync($"ServiceRequest/{id}/$result", Text("status", "corrected"))).Status);
        Assert.Equal(422, (await lab.RunAsync($"ServiceRequest/{id}/$result", Text("status", "final"), """{"name":"observation","resource":{"resourceType":"Observation","status":"final"}}""")).Status);
        Assert.Equal(404, (await lab.RunAsync("ServiceRequest/none/$hold")).Status);
        foreach (var query in new[] { "", "?department=Location/1", "?department=lab&status=completed", "?department=lab&_count=0", "?department=lab&patient=1" })
        {
            using var response = await north.Client.GetAsync(new Uri($"/fhir/order-wrong/ServiceRequest/$worklist{query}", UriKind.Relative));
            Assert.Equal(400, (int)response.StatusCode);
        }

        using var orders = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/ServiceRequest.cruds");
        Assert.Equal(403, (await new WardWorld(orders, "order-wrong").RunAsync($"ServiceRequest/{id}/$result", Text("status", "final"))).Status);
        Assert.Equal(200, (await new WardWorld(orders, "order-wrong").RunAsync($"ServiceRequest/{id}/$hold")).Status);
        using var others = await fixture.Host.AuthorizedAsync(north.ClientId, north.ClientSecret, "system/Patient.rs");
        using var hidden = await others.GetAsync(new Uri("/fhir/order-wrong/ServiceRequest/$worklist?department=lab", UriKind.Relative));
        Assert.Equal(403, (int)hidden.StatusCode);
    }

    private static async Task<WardWorld> LabAsync(HttpClient client, string tenant)
    {
        var lab = new WardWorld(client, tenant);
        await lab.FillAsync(beds: 0, patients: 1);
        return lab;
    }

    private static async Task<List<string?>> ListAsync(WardWorld lab, string query)
    {
        var bundle = await lab.GetAsync($"ServiceRequest/$worklist?{query}");
        return !bundle.TryGetProperty("entry", out var entries) ? [] : [.. entries.EnumerateArray().Select(entry => entry.GetProperty("resource"))
            .Where(resource => resource.GetProperty("resourceType").GetString() == "ServiceRequest").Select(order => order.GetProperty("code").GetProperty("text").GetString())];
    }

    private static string Text(string name, string value) => JsonSerializer.Serialize(new { name, valueCode = value });

    private static string Observation(string value, string id) =>
        $$$$"""{"name":"observation","resource":{"resourceType":"Observation","id":"{{{{id}}}}","code":{"text":"Glucose"},"valueQuantity":{"value":{{{{value}}}},"unit":"mmol/L"}}}""";
}
