using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests;
using Spectre.Console;

namespace MedOrleans.Benchmarks;

/// <summary>The measurements, each on one real host process and a private PostgreSQL with its default durability.</summary>
internal sealed class Suite : IAsyncDisposable
{
    private const int Connections = 32;

    private readonly PrivatePostgres _postgres;
    private readonly HostProcess _host;
    private readonly TenantAccess _tenant;
    private readonly IPEndPoint _messages;
    private readonly int _seconds;
    private readonly int _patients;
    private readonly string? _import;
    private readonly Table _table = new Table().AddColumns("measurement", "result", "p50 ms", "p99 ms", "host µs", "PostgreSQL µs", "limit in the same run", "ratio");
    private int _next;

    private Suite(PrivatePostgres postgres, HostProcess host, TenantAccess tenant, IPEndPoint messages, int seconds, int patients, string? import)
    {
        _postgres = postgres;
        _host = host;
        _tenant = tenant;
        _messages = messages;
        _seconds = seconds;
        _patients = patients;
        _import = import;
    }

    public static async Task<Suite> StartAsync(int seconds, int patients, string? import)
    {
        var postgres = await PrivatePostgres.StartAsync();
        var messages = HostProcess.FreePorts(1)[0];
        const string Listener = "MEDORLEANS__Hl7__Listeners__0";
        var host = await HostProcess.StartAsync(postgres.ConnectionString, settings: new Dictionary<string, string>
        {
            [$"{Listener}__Address"] = string.Create(CultureInfo.InvariantCulture, $"mllp://127.0.0.1:{messages}"),
            [$"{Listener}__Senders__0__Name"] = "his",
            [$"{Listener}__Senders__0__Tenant"] = "bench",
            [$"{Listener}__Senders__0__Networks__0"] = "127.0.0.0/8",
        });
        var tenant = await host.CreateTenantAsync("bench");

        // What bounds the figures is the machine, not the plan.
        using var administrator = await host.OperatorAsync();
        using var planned = await administrator.PostAsJsonAsync("/admin/tenants/bench/plan", new { plan = "university" });
        planned.EnsureSuccessStatusCode();
        return new Suite(postgres, host, tenant, new IPEndPoint(IPAddress.Loopback, messages), seconds, patients, import);
    }

    public async Task RunAsync(IReadOnlyCollection<string> names)
    {
        Row("start to first answered request", $"{_host.Startup.TotalSeconds:0.00} s", null, "3 s", "");
        if (names.Contains("creates"))
        {
            await CreatesAsync();
        }

        if (names.Contains("messages"))
        {
            await MessagesAsync();
        }

        if (names.Contains("reads"))
        {
            await ReadsAsync();
        }

        if (names.Contains("updates"))
        {
            await UpdatesAsync();
        }

        if (names.Contains("transactions"))
        {
            await TransactionsAsync();
        }

        if (names.Contains("import") && _import is not null)
        {
            await ImportAsync(_import);
        }

        if (names.Contains("searches"))
        {
            await SearchesAsync();
        }

        if (names.Contains("memory"))
        {
            await MemoryAsync();
        }

        AnsiConsole.Profile.Width = 140;
        AnsiConsole.Write(_table.MarkdownBorder());
    }

    public async ValueTask DisposeAsync()
    {
        _tenant.Dispose();
        await _host.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private async Task CreatesAsync()
    {
        var bodies = Prepared(200_000, number => Patients.Request("POST", "/fhir/bench/Patient", _tenant.Token, Patients.Json(number), "Prefer: return=minimal\r\n"));
        await LoadAsync(201, 10, bodies);
        var limit = await PgBench.SingleRowInsertsAsync(_postgres, Connections, _seconds);
        var result = await LoadAsync(201, _seconds, bodies);
        Row("creates of a 1 KB Patient", PerSecond(result), result, $"pgbench, one row a transaction: {limit:N0}/s", Ratio(result.PerSecond / limit));
    }

    private async Task MessagesAsync()
    {
        var creates = Prepared(100_000, number => Patients.Request("POST", "/fhir/bench/Patient", _tenant.Token, Patients.Json(number), "Prefer: return=minimal\r\n"));
        var admissions = Prepared(100_000, Messages.Admit);

        // Until what both run is compiled for good: half a minute of each.
        await LoadAsync(201, 10, creates);
        await HttpLoad.RunMllpAsync(_messages, Connections, 30, admissions);
        var rounds = new List<(LoadResult Creates, LoadResult Messages)>();
        for (var i = 0; i < 5; i++)
        {
            rounds.Add((await LoadAsync(201, _seconds, creates), await MeasuredAsync(() => HttpLoad.RunMllpAsync(_messages, Connections, _seconds, admissions))));
        }

        // The middle one of five: whatever else the machine does meanwhile weighs on both.
        var (limit, result) = rounds.OrderBy(round => round.Messages.PerSecond / round.Creates.PerSecond).ElementAt(rounds.Count / 2);
        Row("ADT^A01 of a new patient, to durable AA", PerSecond(result), result, $"creates of a 1 KB Patient: {limit.PerSecond:N0}/s", Ratio(result.PerSecond / limit.PerSecond));

        const int Idle = 1000;
        _host.Process.Refresh();
        var before = _host.Process.WorkingSet64;
        var sockets = new List<Socket>(Idle);
        try
        {
            for (var i = 0; i < Idle; i++)
            {
                sockets.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                await sockets[^1].ConnectAsync(_messages);
            }

            // Each has been answered once, as one at rest has.
            await Parallel.ForEachAsync(sockets.Index(), async (socket, cancel) =>
            {
                await socket.Item.SendAsync(Messages.Admit(int.MaxValue - socket.Index), cancel);
                await socket.Item.ReceiveAsync(new byte[4096], cancel);
            });
            _host.Process.Refresh();
            Row("host's memory for 1,000 open MLLP connections at rest", Megabytes(Math.Max(0, _host.Process.WorkingSet64 - before)), null, "100 MB", "");
        }
        finally
        {
            sockets.ForEach(static socket => socket.Dispose());
        }
    }

    private async Task ReadsAsync()
    {
        var id = await StoreAsync("Patient", Patients.Json(1));
        var request = Patients.Request("GET", $"/fhir/bench/Patient/{id}", _tenant.Token);
        var body = await _tenant.Client.GetByteArrayAsync(new Uri($"/fhir/bench/Patient/{id}", UriKind.Relative));
        await LoadAsync(200, 3, (_, _) => request);

        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, body);
        var port = HostProcess.FreePorts(1)[0];
        using var bare = Process.Start("dotnet", [typeof(Suite).Assembly.Location, "bare", "--port", port.ToString(CultureInfo.InvariantCulture), "--file", file]);
        try
        {
            var address = new IPEndPoint(IPAddress.Loopback, port);
            await UntilListeningAsync(address);
            await HttpLoad.RunAsync(address, Connections, 3, 200, (_, _) => request);
            var limit = await HttpLoad.RunAsync(address, Connections, _seconds, 200, (_, _) => request);
            var result = await LoadAsync(200, _seconds, (_, _) => request);
            Row("reads of a warm resource", PerSecond(result), result, $"bare Kestrel, the same bytes: {limit.PerSecond:N0}/s", Ratio(result.PerSecond / limit.PerSecond));
        }
        finally
        {
            bare.Kill();
            await bare.WaitForExitAsync();
            File.Delete(file);
        }
    }

    private async Task UpdatesAsync()
    {
        // Each connection has patients of its own, and corrects one's phone number after the other's.
        var requests = new byte[Connections][][];
        for (var connection = 0; connection < Connections; connection++)
        {
            requests[connection] = new byte[64][];
            for (var i = 0; i < 64; i++)
            {
                var json = Patients.Json((connection * 64) + i);
                var id = await StoreAsync("Patient", json);
                requests[connection][i] = Patients.Request(
                    "PUT", $"/fhir/bench/Patient/{id}", _tenant.Token, json.Insert(1, $"\"id\":\"{id}\",").Replace("+1-555", "+1-557", StringComparison.Ordinal), "Prefer: return=minimal\r\n");
            }
        }

        var result = await LoadAsync(200, _seconds, (connection, i) => requests[connection][i % 64]);
        Row("updates of a 1 KB Patient's phone number", PerSecond(result), result, "", "");
    }

    private async Task TransactionsAsync()
    {
        var requests = Enumerable.Range(0, 512).Select(i =>
        {
            var entries = Enumerable.Range(0, 20).Select(entry => $$$"""{"resource":{{{Patients.Json((i * 20) + entry)}}},"request":{"method":"POST","url":"Patient"}}""");
            return Patients.Request("POST", "/fhir/bench", _tenant.Token, $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""");
        }).ToArray();
        var result = await LoadAsync(200, _seconds, (connection, i) => requests[((connection * 37) + i) % requests.Length]);
        Row("transactions of 20 creates", PerSecond(result), result, "", "");
    }

    private async Task SearchesAsync()
    {
        var have = await CountPatientsAsync();
        if (have < _patients)
        {
            await FillAsync(_patients - have);
        }

        var stored = Math.Min(_next, _patients);
        var byIdentifier = Prepared(20_000, number => Patients.Request("GET", $"/fhir/bench/Patient?identifier=urn:oid:2.16.840.1.113883.19.5%7CMRN{number * 7919L % stored:D8}", _tenant.Token));
        await LoadAsync(200, 3, byIdentifier);
        var identifier = await LoadAsync(200, _seconds, byIdentifier);
        Row($"searches by identifier, {await CountPatientsAsync():N0} patients", PerSecond(identifier), identifier, "", "");

        var byName = Prepared(20_000, number => Patients.Request("GET", $"/fhir/bench/Patient?name={Patients.Family((int)(number * 7919L % stored))}", _tenant.Token));
        await LoadAsync(200, 3, byName);
        var name = await LoadAsync(200, _seconds, byName);
        Row("searches by name on them", PerSecond(name), name, "", "");
    }

    private async Task ImportAsync(string folder)
    {
        var watch = Stopwatch.StartNew();
        var before = await CountAllAsync();
        using var import = Process.Start(new ProcessStartInfo("dotnet", [
            Path.Combine(AppContext.BaseDirectory, "medorleans.dll"), "import", folder, "--tenant", "bench", "--data", _host.DataFolder, "--server", $"http://{_host.Http}"])
        {
            RedirectStandardOutput = true,
        })!;
        await import.StandardOutput.ReadToEndAsync();
        await import.WaitForExitAsync();
        var stored = await CountAllAsync() - before;
        Row($"import of {Path.GetFileName(folder)}, resources/s", $"{stored / watch.Elapsed.TotalSeconds:N0}/s ({stored:N0})", null, "3,000/s", Ratio(stored / watch.Elapsed.TotalSeconds / 3000));
    }

    private async Task MemoryAsync()
    {
        const int Grains = 10_000;
        var ids = new List<string>(Grains);
        for (var page = new Uri("/fhir/bench/Patient?_count=1000", UriKind.Relative); page is not null && ids.Count < Grains;)
        {
            using var bundle = JsonDocument.Parse(await _tenant.Client.GetStringAsync(page));
            ids.AddRange(bundle.RootElement.GetProperty("entry").EnumerateArray().Select(entry => entry.GetProperty("resource").GetProperty("id").GetString()!));
            page = bundle.RootElement.GetProperty("link").EnumerateArray().Where(link => link.GetProperty("relation").GetString() == "next")
                .Select(link => new Uri(link.GetProperty("url").GetString()!)).FirstOrDefault();
        }

        var requests = ids.Select(id => Patients.Request("GET", $"/fhir/bench/Patient/{id}", _tenant.Token)).ToArray();
        var before = await HeapAsync();
        var position = 0;
        await LoadAsync(200, Math.Max(3, _seconds / 2), (_, _) => requests[Interlocked.Increment(ref position) % requests.Length]);
        var after = await HeapAsync();
        Row($"managed heap per 10,000 active grains (1 KB Patients; {ids.Count:N0} activated)", Megabytes((after - before) * 10_000 / Math.Max(1, ids.Count)), null, "", "");

        var resources = await CountAllAsync();
        var size = await _postgres.DatabaseBytesAsync();
        Row("host's resident memory at the end", Megabytes(_host.Process.WorkingSet64), null, $"with {resources:N0} resources stored", "");
        Row("database bytes per million stored resources", Megabytes(size * 1_000_000 / Math.Max(1, resources)), null, "index, history, audit and usage included", "");
    }

    private async Task FillAsync(long count)
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, (int)((count + 199) / 200)), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, cancel) =>
        {
            var first = Interlocked.Add(ref _next, 200) - 200;
            var entries = Enumerable.Range(first, 200).Select(number => $$$"""{"resource":{{{Patients.Json(number)}}},"request":{"method":"POST","url":"Patient"}}""");
            using var content = new StringContent($$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""", Encoding.UTF8, "application/fhir+json");
            using var response = await _tenant.Client.PostAsync(new Uri("/fhir/bench", UriKind.Relative), content, cancel);
            response.EnsureSuccessStatusCode();
        });
    }

    private Func<int, int, ReadOnlyMemory<byte>> Prepared(int count, Func<int, byte[]> make)
    {
        var first = Interlocked.Add(ref _next, count) - count;
        var requests = new byte[count][];
        Parallel.For(0, count, i => requests[i] = make(first + i));
        var position = -1;
        return (_, _) => requests[(int)((uint)Interlocked.Increment(ref position) % count)];
    }

    private Task<LoadResult> LoadAsync(int expected, double seconds, Func<int, int, ReadOnlyMemory<byte>> request) =>
        MeasuredAsync(() => HttpLoad.RunAsync(_host.Http, Connections, seconds, expected, request));

    private async Task<LoadResult> MeasuredAsync(Func<Task<LoadResult>> run)
    {
        var (host, store) = await ProcessorTimeAsync();
        var result = await run();
        var (hostAfter, storeAfter) = await ProcessorTimeAsync();
        return result with
        {
            HostMicroseconds = (hostAfter - host).TotalMicroseconds / result.Answered,
            StoreMicroseconds = (storeAfter - store).TotalMicroseconds / result.Answered,
        };
    }

    private async Task<(TimeSpan Host, TimeSpan Store)> ProcessorTimeAsync()
    {
        _host.Process.Refresh();
        return (_host.Process.TotalProcessorTime, await _postgres.ProcessorTimeAsync());
    }

    private async Task<string> StoreAsync(string type, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        using var response = await _tenant.Client.PostAsync(new Uri($"/fhir/bench/{type}", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private async Task<long> CountPatientsAsync()
    {
        var bundle = await _tenant.Client.GetFromJsonAsync<JsonElement>(new Uri("/fhir/bench/Patient?_summary=count", UriKind.Relative));
        return bundle.GetProperty("total").GetInt64();
    }

    private async Task<long> CountAllAsync()
    {
        using var administrator = await _host.OperatorAsync();
        var tenant = await administrator.GetFromJsonAsync<JsonElement>(new Uri("/admin/tenants/bench", UriKind.Relative));
        return tenant.GetProperty("counts").GetProperty("resourcesByType").EnumerateObject().Sum(type => type.Value.GetInt64());
    }

    private async Task<long> HeapAsync()
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri($"http://{_host.Management}/metrics"));
        return metrics.Split('\n')
            .Where(line => line.StartsWith("dotnet_gc_last_collection_heap_size_bytes", StringComparison.Ordinal))
            .Sum(line => (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }

    private static async Task UntilListeningAsync(IPEndPoint address)
    {
        using var client = new HttpClient();
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                using var response = await client.GetAsync(new Uri($"http://{address}/"));
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    private void Row(string name, string result, LoadResult? latency, string limit, string ratio)
    {
        if (latency is { Failed: > 0 })
        {
            result += $" ({latency.Failed:N0} FAILED)";
        }

        _table.AddRow([Markup.Escape(name), result, $"{latency?.P50:0.00}", $"{latency?.P99:0.00}", $"{latency?.HostMicroseconds:0}", $"{latency?.StoreMicroseconds:0}", limit, ratio]);
        Console.WriteLine($"{name}: {result} {(latency is null ? "" : $"p50 {latency.P50:0.00} ms, p99 {latency.P99:0.00} ms, processor time host {latency.HostMicroseconds:0} µs, PostgreSQL {latency.StoreMicroseconds:0} µs")} {limit} {ratio}");
    }

    private static string PerSecond(LoadResult result) => $"{result.PerSecond:N0}/s";

    private static string Ratio(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => $"{bytes / 1e6:N0} MB";
}
