using System.Net;
using System.Text.Json;
using MedOrleans.IntegrationTests.Elasticity;
using MedOrleans.IntegrationTests.Record;
using Npgsql;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>Several processes on one database are one cluster, and outlive each other.</summary>
public sealed class ClusterTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>In this time after a process was killed everything it held is read and written through the others.</summary>
    private static readonly TimeSpan s_recovery = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task TwoHosts_OneIsKilled_TheOtherServesTheWholeRecord()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var first = await HostProcess.StartAsync(database);
        await using var second = await HostProcess.StartAsync(database);
        using var north = await first.CreateTenantAsync("north");
        using var there = await second.AuthorizedAsync(north.ClientId, north.ClientSecret, null);
        using var administrator = await OperatorAsync(first, second);
        await Eventually.TrueAsync(async () => (await SilosAsync(administrator)).Count(status => status == "Active") == 2, s_recovery);

        // Enough that each silo owns some.
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            ids.Add(await Hospital.CreatedAsync(north.Client, "north", $"Lindgren{i}"));
            Assert.Equal($"Lindgren{i}", await Hospital.FamilyAsync(there, "north", ids[i]));
        }

        await first.KillAsync();

        await ServesAsync(there, ids);
        await Eventually.TrueAsync(async () => (await SilosAsync(administrator)).Order(StringComparer.Ordinal).SequenceEqual(["Active", "Dead"]), s_recovery);
    }

    [Fact]
    public async Task TwoHosts_StartedAtOnceOnAnEmptyDatabase_AgreeOnOneCredential()
    {
        var database = await postgres.NewDatabaseAsync();
        var hosts = await Task.WhenAll(HostProcess.StartAsync(database), HostProcess.StartAsync(database));
        await using var one = hosts[0];
        await using var other = hosts[1];

        var first = Assert.Single(hosts, host => File.Exists(Path.Combine(host.DataFolder, "operator.json")));
        foreach (var host in hosts)
        {
            using var administrator = await OperatorAsync(first, host);
            await Eventually.TrueAsync(async () => (await SilosAsync(administrator)).Count(status => status == "Active") == 2, s_recovery);
        }
    }

    [Fact]
    public async Task SilosAndGateway_OneSiloIsKilled_TheGatewayServesTheWholeRecord()
    {
        await using var cluster = await SiloCluster.StartAsync(await postgres.NewDatabaseAsync(), silos: 2);
        using var north = await cluster.Gateway.CreateTenantAsync("north");
        var ids = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            ids.Add(await Hospital.CreatedAsync(north.Client, "north", $"Lindgren{i}"));
        }

        // A silo alone has no edge.
        using (var edge = await cluster.Silos[0].Client.GetAsync(new Uri("/fhir/north/metadata", UriKind.Relative)))
        {
            Assert.NotEqual(HttpStatusCode.OK, edge.StatusCode);
        }

        await cluster.Silos[0].KillAsync();

        await ServesAsync(north.Client, ids);
        await Eventually.TrueAsync(async () => (await SilosAsync(cluster.Administrator)).Order(StringComparer.Ordinal).SequenceEqual(["Active", "Dead"]), s_recovery);
    }

    [Fact]
    public async Task TwoDatabases_TenantsAreSpreadByLoad_UnlessOneIsNamed()
    {
        var (main, east) = (await postgres.NewDatabaseAsync(), await postgres.NewDatabaseAsync());
        var settings = new Dictionary<string, string>
        {
            ["MEDORLEANS__Record__Databases__east__Provider"] = "Postgres",
            ["MEDORLEANS__Record__Databases__east__ConnectionString"] = east,
        };
        var data = Directory.CreateTempSubdirectory("medorleans-databases-").FullName;
        try
        {
            await using (var host = await HostProcess.StartAsync(main, data, settings))
            {
                foreach (var (tenant, database) in new[] { ("a1", "main"), ("a2", "main"), ("b1", null), ("b2", null), ("b3", "main"), ("b4", null) })
                {
                    using var access = await host.CreateTenantAsync(tenant, database);
                    await Hospital.CreatedAsync(access.Client, tenant, "Lindgren");
                }

                Assert.Equal(0, await host.StopAsync());
            }

            await using var again = await HostProcess.StartAsync(main, data, settings);
            using var administrator = await again.OperatorAsync();
            var tenants = (await Hospital.GetAsync(administrator, "/admin/tenants")).GetProperty("tenants").EnumerateArray()
                .ToDictionary(tenant => tenant.GetProperty("tenant").GetString()!, tenant => tenant.GetProperty("database").GetString()!);
            Assert.Equal("a1 main, a2 main, b1 east, b2 east, b3 main, b4 east", string.Join(", ", tenants.Select(tenant => $"{tenant.Key} {tenant.Value}")));
            Assert.Equal(["a1", "a2", "b3"], await WrittenAsync(main));
            Assert.Equal(["b1", "b2", "b4"], await WrittenAsync(east));
            var loads = await Hospital.GetAsync(administrator, "/admin/databases");
            Assert.All(loads.EnumerateArray(), load => Assert.Equal(3, load.GetProperty("tenants").GetInt32()));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task ServesAsync(HttpClient client, List<string> ids)
    {
        using var limit = new CancellationTokenSource(s_recovery);
        await Eventually.TrueAsync(
            async () =>
            {
                foreach (var id in ids)
                {
                    using var update = await Hospital.UpdateAsync(client, "north", id, "Ek");
                    if (!update.IsSuccessStatusCode || await Hospital.FamilyAsync(client, "north", id) != "Ek")
                    {
                        return false;
                    }
                }

                return true;
            },
            s_recovery).WaitAsync(limit.Token);
    }

    /// <summary>A client of one host with the credential that another's first start wrote.</summary>
    private static async Task<HttpClient> OperatorAsync(HostProcess first, HostProcess host)
    {
        using var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(first.DataFolder, "operator.json")));
        return await host.AuthorizedAsync("operator", file.RootElement.GetProperty("clientSecret").GetString()!, "operator");
    }

    private static async Task<List<string>> SilosAsync(HttpClient administrator) =>
        [.. (await Hospital.GetAsync(administrator, "/admin/silos")).EnumerateArray().Select(silo => silo.GetProperty("status").GetString()!)];

    /// <summary>The hospitals that have a patient in a database.</summary>
    private static async Task<List<string>> WrittenAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("select slug from medorleans.tenant t where exists (select from medorleans.resource r where r.tenant = t.no) order by slug");
        await using var reader = await command.ExecuteReaderAsync();
        var slugs = new List<string>();
        while (await reader.ReadAsync())
        {
            slugs.Add(reader.GetString(0));
        }

        return slugs;
    }
}
