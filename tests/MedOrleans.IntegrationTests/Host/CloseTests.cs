using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using MedOrleans.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A hospital closes, and thinks better of it while it can.</summary>
public sealed class CloseTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private readonly HostProcess _host = fixture.Host;

    [Fact]
    public async Task Close_WithinTheGrace_IsReadExportedAndReopened()
    {
        using var north = await _host.CreateTenantAsync("north", scopes: "system/*.cruds tenant/admin");
        var id = await Hospital.CreatedAsync(north.Client, "north", "Ek");
        var file = await ExportTests.SaveAsync(_host, north);

        var (code, output, error) = await HostProcess.CommandAsync(["tenant", "close", "north", "--credentials", file]);
        Assert.True(code == 0, error);
        Assert.Contains("is closed. It can be read, exported and reopened until", output, StringComparison.Ordinal);

        Assert.Equal("Ek", await Hospital.FamilyAsync(north.Client, "north", id));
        using var created = await Hospital.CreateAsync(north.Client, "north", "Late");
        using var updated = await Hospital.UpdateAsync(north.Client, "north", id, "Late");
        using var line = new StringContent("""{"resourceType":"Patient","id":"late"}""", new MediaTypeHeaderValue("application/fhir+ndjson"));
        using var loaded = await north.Client.PostAsync(new Uri("/fhir/north/$bulk-load", UriKind.Relative), line);
        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [created.StatusCode, updated.StatusCode, loaded.StatusCode]);

        // It can still sign in, for its export.
        (code, _, error) = await HostProcess.CommandAsync(["export", "--tenant", "north", "--out", Path.Combine(_host.DataFolder, "north"), "--credentials", file]);
        Assert.True(code == 0, error);

        // Closing again does not lengthen the grace; nothing else than reopening leads back.
        var until = await DeleteAfterAsync(north);
        using (await north.Client.PostAsync(new Uri("/admin/tenants/north/close", UriKind.Relative), null))
        {
            Assert.Equal(until, await DeleteAfterAsync(north));
        }

        using var administrator = await _host.OperatorAsync();
        foreach (var step in new[] { "resume", "suspend" })
        {
            using var refused = await administrator.PostAsync(new Uri($"/admin/tenants/north/{step}", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        }

        (code, output, error) = await HostProcess.CommandAsync(["tenant", "reopen", "north", "--credentials", file]);
        Assert.True(code == 0, error);
        Assert.Contains("north is active.", output, StringComparison.Ordinal);
        using var again = await Hospital.UpdateAsync(north.Client, "north", id, "Lund");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Null(await DeleteAfterAsync(north));
    }

    [Fact]
    public async Task Reopen_AHospitalThatWasSuspended_StaysSuspended()
    {
        using var south = await _host.CreateTenantAsync("south");
        using var administrator = await _host.OperatorAsync();
        foreach (var step in new[] { "suspend", "close", "reopen" })
        {
            using var done = await administrator.PostAsync(new Uri($"/admin/tenants/south/{step}", UriKind.Relative), null);
            Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        }

        using var created = await Hospital.CreateAsync(south.Client, "south", "Ek");
        Assert.Equal(HttpStatusCode.Forbidden, created.StatusCode);
        using var twice = await administrator.PostAsync(new Uri("/admin/tenants/south/reopen", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Conflict, twice.StatusCode);
    }

    [Fact]
    public async Task Close_ByAnotherHospitalOrAnyClient_IsRefused()
    {
        using var east = await _host.CreateTenantAsync("east");
        using var west = await _host.CreateTenantAsync("west", scopes: "system/*.cruds tenant/admin");

        using var own = await east.Client.PostAsync(new Uri("/admin/tenants/east/close", UriKind.Relative), null);
        using var anothers = await west.Client.PostAsync(new Uri("/admin/tenants/east/close", UriKind.Relative), null);

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.NotFound], [own.StatusCode, anothers.StatusCode]);
    }

    [Fact]
    public async Task Close_TheGraceIsOver_NothingAnswersAndNothingLeadsBack()
    {
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string>
        {
            ["MEDORLEANS__Lifecycle__GracePeriod"] = "00:00:00",
            ["MEDORLEANS__Record__DirectoryCache"] = "00:00:00",
        });
        using var north = await host.CreateTenantAsync("north");
        var id = await Hospital.CreatedAsync(north.Client, "north", "Ek");
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.AddMedOrleansClient(client =>
        {
            client.Gateways.Add(host.SiloGateway.ToString());
            client.TokenEndpoint = new Uri(host.Client.BaseAddress!, "/oauth2/token");
            client.ClientId = north.ClientId;
            client.ClientSecret = north.ClientSecret;
        });
        using var frontend = builder.Build();
        await frontend.StartAsync();
        var record = frontend.Services.GetRequiredService<IClusterClient>().GetRecord(TenantId.Parse("north"), "Patient", id);
        Assert.NotNull(await record.ReadAsync());
        using var administrator = await host.OperatorAsync();

        using var closed = await administrator.PostAsync(new Uri("/admin/tenants/north/close", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.OK, closed.StatusCode);

        using var read = await north.Client.GetAsync(new Uri($"/fhir/north/Patient/{id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => host.AuthorizedAsync(north.ClientId, north.ClientSecret, null));
        await Assert.ThrowsAsync<AccessDeniedException>(() => record.ReadAsync());
        using var reopened = await administrator.PostAsync(new Uri("/admin/tenants/north/reopen", UriKind.Relative), null);
        Assert.Equal(HttpStatusCode.Conflict, reopened.StatusCode);
    }

    private static async Task<DateTimeOffset?> DeleteAfterAsync(TenantAccess hospital) =>
        (await Hospital.GetAsync(hospital.Client, $"/admin/tenants/{hospital.Tenant}")).GetProperty("tenant").GetProperty("deleteAfter") is { ValueKind: JsonValueKind.String } until ? until.GetDateTimeOffset() : null;
}
