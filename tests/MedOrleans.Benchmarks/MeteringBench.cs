using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.IntegrationTests;

namespace MedOrleans.Benchmarks;

/// <summary>
/// What metering costs: two hosts on one PostgreSQL, one that meters and one that does not, loaded in turn in short rounds, so that what else
/// the machine does meets both. The ratio of each round counts, and of them the median.
/// </summary>
internal static class MeteringBench
{
    private const int Connections = 32;
    private const int Prepared = 200_000;

    public static async Task RunAsync(int rounds, int seconds)
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        await using var on = await Subject.StartAsync(postgres, "metered", isMetered: true);
        await using var off = await Subject.StartAsync(postgres, "unmetered", isMetered: false);
        foreach (var (name, isRead) in ((string, bool)[])[("reads of a warm resource", true), ("creates of a 1 KB Patient", false)])
        {
            await on.LoadAsync(isRead, 5);
            await off.LoadAsync(isRead, 5);
            var ratios = new List<double>();
            var (sumOn, sumOff) = (0.0, 0.0);
            for (var round = 0; round < rounds; round++)
            {
                // Who is first changes, as a database that grows is slower for whoever comes second.
                var first = round % 2 == 0 ? on : off;
                var one = await first.LoadAsync(isRead, seconds);
                var two = await (first == on ? off : on).LoadAsync(isRead, seconds);
                var (metered, unmetered) = first == on ? (one, two) : (two, one);
                ratios.Add(metered / unmetered);
                sumOn += metered;
                sumOff += unmetered;
            }

            ratios.Sort();
            Console.WriteLine($"{name}: metered {sumOn / rounds:N0}/s, not metered {sumOff / rounds:N0}/s, ratio {ratios[rounds / 2]:0.000} (median of {rounds} rounds; {ratios[0]:0.000} to {ratios[^1]:0.000})");
        }
    }

    private sealed class Subject(HostProcess host, TenantAccess tenant, byte[] read, byte[][] creates) : IAsyncDisposable
    {
        private int _position = -1;

        public static async Task<Subject> StartAsync(PrivatePostgres postgres, string database, bool isMetered)
        {
            var host = await HostProcess.StartAsync(
                await postgres.CreateDatabaseAsync(database), settings: new Dictionary<string, string> { ["MEDORLEANS__Metering__Enabled"] = isMetered ? "true" : "false" });
            var tenant = await host.CreateTenantAsync("bench");
            using var administrator = await host.OperatorAsync();
            using var planned = await administrator.PostAsJsonAsync("/admin/tenants/bench/plan", new { plan = "university" });
            planned.EnsureSuccessStatusCode();
            using var stored = await tenant.Client.PostAsync(new Uri("/fhir/bench/Patient", UriKind.Relative), new StringContent(Patients.Json(0), null, "application/fhir+json"));
            var id = (await stored.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            var creates = new byte[Prepared][];
            Parallel.For(0, creates.Length, i => creates[i] = Patients.Request("POST", "/fhir/bench/Patient", tenant.Token, Patients.Json(i + 1), "Prefer: return=minimal\r\n"));
            return new Subject(host, tenant, Patients.Request("GET", $"/fhir/bench/Patient/{id}", tenant.Token), creates);
        }

        /// <summary>Requests a second.</summary>
        public async Task<double> LoadAsync(bool isRead, int seconds)
        {
            var result = await HttpLoad.RunAsync(host.Http, Connections, seconds, isRead ? 200 : 201, (_, _) => isRead ? read : creates[(int)((uint)Interlocked.Increment(ref _position) % Prepared)]);
            return result.Failed == 0 ? result.PerSecond : throw new InvalidOperationException($"{result.Failed} requests failed.");
        }

        public async ValueTask DisposeAsync()
        {
            tenant.Dispose();
            await host.DisposeAsync();
        }
    }
}
