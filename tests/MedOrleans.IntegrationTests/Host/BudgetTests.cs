using System.Net;
using System.Net.Http.Json;
using MedOrleans.Metering;
using MedOrleans.Record;
using MedOrleans.Record.Store;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A budget that stops a hospital, and usage as CloudEvents, over the network.</summary>
public sealed class BudgetTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    private readonly HostProcess _host = fixture.Host;

    [Fact]
    public async Task HardCap_OfASpentBudget_RefusesWritesAndLetsReadsGoOn()
    {
        using var hospital = await _host.CreateTenantAsync("thrift");
        var id = await Hospital.CreatedAsync(hospital.Client, "thrift", "Ek");
        using var administrator = await _host.OperatorAsync();
        await PutMinimumAsync(administrator);

        var (code, output, error) = await HostProcess.CommandAsync(["budget", "set", "0.01", "--hard-cap", "--tenant", "thrift", "--data", _host.DataFolder]);
        Assert.True(code == 0, error);
        Assert.Contains("hard cap stops writes", output, StringComparison.Ordinal);
        using var refused = await Hospital.CreateAsync(hospital.Client, "thrift", "Berg");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("Ek", await Hospital.FamilyAsync(hospital.Client, "thrift", id));

        (code, _, error) = await HostProcess.CommandAsync(["budget", "clear", "--tenant", "thrift", "--data", _host.DataFolder]);
        Assert.True(code == 0, error);
        using var taken = await Hospital.CreateAsync(hospital.Client, "thrift", "Berg");
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
    }

    [Fact]
    public async Task UsageEvents_OfAHospital_AreCloudEventsThatGoOnWhereTheyEnded()
    {
        using var hospital = await _host.CreateTenantAsync("stream");
        await Hospital.CreatedAsync(hospital.Client, "stream", "Ek");

        await MeterAsync("stream", hoursAgo: 3, reads: 5);
        await MeterAsync("stream", hoursAgo: 2, reads: 7);

        using var page = await hospital.Client.GetAsync(new Uri("/admin/tenants/stream/usage/events?count=1", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("application/cloudevents-batch+json", page.Content.Headers.ContentType!.MediaType);
        var link = Assert.Single(page.Headers.GetValues("Link"));
        Assert.Contains("count=1>; rel=\"next\"", link, StringComparison.Ordinal);
        using var next = await hospital.Client.GetAsync(new Uri(link[1..link.IndexOf('>', StringComparison.Ordinal)], UriKind.Relative));
        var first = Assert.Single((await Hospital.JsonAsync(page)).EnumerateArray());
        var second = Assert.Single((await Hospital.JsonAsync(next)).EnumerateArray());
        Assert.Equal(("1.0", "/tenants/stream", "api.read", 5), (first.GetProperty("specversion").GetString(), first.GetProperty("source").GetString(), first.GetProperty("subject").GetString(), first.GetProperty("data").GetProperty("quantity").GetInt32()));
        Assert.Equal(7, second.GetProperty("data").GetProperty("quantity").GetInt32());
        Assert.NotEqual(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());
        using var wrong = await hospital.Client.GetAsync(new Uri("/admin/tenants/stream/usage/events?count=0", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    /// <summary>Meters reads in the host's store as they were metered hours ago.</summary>
    private async Task MeterAsync(string tenant, int hoursAgo, long reads)
    {
        await using var record = new ServiceCollection()
            .AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(-hoursAgo)))
            .AddRecordStores(options => options.Databases["main"] = new RecordDatabaseOptions { Provider = RecordProvider.Sqlite, ConnectionString = $"Data Source={Path.Combine(_host.DataFolder, "record.db")}" })
            .BuildServiceProvider();
        await record.GetRequiredService<IRecordStores>().Named("main").ApplyUsageAsync(
            [new UsageBatch { Tenant = TenantId.Parse(tenant), Source = Guid.NewGuid(), Sequence = 1, Quantities = [new UsageQuantity(MeterNames.ApiRead, reads)] }], CancellationToken.None);
    }

    /// <summary>A card by which every month costs something.</summary>
    private static async Task PutMinimumAsync(HttpClient administrator)
    {
        using var put = await administrator.PutAsJsonAsync("/admin/rate-cards/standard", new
        {
            id = "standard",
            name = "Standard",
            currency = "EUR",
            versions = new[] { new { effectiveFrom = "2020-01-01", monthlyMinimum = 100, prices = Array.Empty<object>() } },
        });
        put.EnsureSuccessStatusCode();
    }
}
