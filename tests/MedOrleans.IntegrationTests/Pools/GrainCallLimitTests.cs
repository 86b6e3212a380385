using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.Plans;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace MedOrleans.IntegrationTests.Pools;

/// <summary>Grain calls of .NET clients, over TCP from another process than the silo's, count against the hospital's pools as its requests do.</summary>
public sealed class GrainCallLimitTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    [Theory]
    [InlineData("network", 5)]
    [InlineData("compute", 10)]
    public async Task GrainCalls_OverBurst_AreToldWhenToComeBackAndTheNeighbourFeelsNothing(string pool, int burst)
    {
        var (storm, calm) = ($"grain-{pool}", $"calm-{pool}");
        using var stormAccess = await fixture.Host.CreateTenantAsync(storm);
        using var calmAccess = await fixture.Host.CreateTenantAsync(calm);
        await PutPlanAsync(storm, pool, burst);
        using var stormClient = await ConnectAsync(stormAccess);
        using var calmClient = await ConnectAsync(calmAccess);

        // The plan reaches the silo within seconds; until then the default one holds.
        PoolExhaustedException? refusal = null;
        await Eventually.TrueAsync(async () =>
        {
            refusal ??= await RefusalAsync(stormClient, storm);
            await CallAsync(calmClient, calm);
            return refusal is not null;
        });

        Assert.Equal((pool, true), (refusal!.Pool.ToString().ToLowerInvariant(), refusal.RetryAfter > TimeSpan.Zero));
        for (var i = 0; i < 40; i++)
        {
            await CallAsync(calmClient, calm);
        }

        // After the wait it is let in again.
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                return await stormClient.Services.GetRequiredService<IGrainFactory>().GetPatient(TenantId.Parse(storm), "p").ReadAsync() is null;
            }
            catch (PoolExhaustedException)
            {
                return false;
            }
        });
        await stormClient.StopAsync();
        await calmClient.StopAsync();
    }

    private static Task<SearchOrRead> CallAsync(IHost client, string tenant) => SearchOrRead.RunAsync(client.Services.GetRequiredService<IGrainFactory>(), TenantId.Parse(tenant));

    private static async Task<PoolExhaustedException?> RefusalAsync(IHost client, string tenant)
    {
        try
        {
            await CallAsync(client, tenant);
            return null;
        }
        catch (PoolExhaustedException e)
        {
            return e;
        }
    }

    private async Task PutPlanAsync(string slug, string pool, int burst)
    {
        using var administrator = await fixture.Host.OperatorAsync();
        var clinic = System.Text.Json.Nodes.JsonNode.Parse((await administrator.GetFromJsonAsync<JsonElement>("/admin/plans/clinic")).GetRawText())!.AsObject();
        clinic["id"] = slug;
        clinic[pool] = new System.Text.Json.Nodes.JsonObject { ["guaranteed"] = 1, ["burst"] = burst };
        using var plan = new StringContent(clinic.ToJsonString(), Encoding.UTF8, "application/json");
        (await administrator.PutAsync(new Uri($"/admin/plans/{slug}", UriKind.Relative), plan)).EnsureSuccessStatusCode();
        (await administrator.PostAsJsonAsync($"/admin/tenants/{slug}/plan", new { plan = slug })).EnsureSuccessStatusCode();
    }

    private async Task<IHost> ConnectAsync(TenantAccess access)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddMedOrleansClient(client =>
        {
            client.Gateways.Add(fixture.Host.SiloGateway.ToString());
            client.TokenEndpoint = new Uri($"http://{fixture.Host.Http}/oauth2/token");
            client.ClientId = access.ClientId;
            client.ClientSecret = access.ClientSecret;
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>What a frontend does: a few reads at once, and a search.</summary>
    private sealed record SearchOrRead(int Found)
    {
        public static async Task<SearchOrRead> RunAsync(IGrainFactory grains, TenantId tenant)
        {
            await Task.WhenAll(Enumerable.Range(0, 12).Select(i => grains.GetPatient(tenant, $"p{i}").ReadAsync()));
            return new SearchOrRead((await grains.GetHospitalRecord(tenant).SearchAsync("Patient", "family=Lindgren")).Matches.Count);
        }
    }
}
