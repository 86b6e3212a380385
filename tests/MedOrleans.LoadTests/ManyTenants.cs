using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using HdrHistogram;
using MedOrleans.IntegrationTests;

namespace MedOrleans.LoadTests;

/// <summary>Many hospitals on one embedded host: what provisioning takes, and what one that does nothing costs.</summary>
internal static class ManyTenants
{
    public static async Task<bool> RunAsync(int count, FileInfo? json)
    {
        await using var host = await HostProcess.StartAsync();
        using var administrator = await host.OperatorAsync();
        // What the process itself comes to is not the hospitals'.
        for (var i = 0; i < 500; i++)
        {
            await CreateAsync(administrator, $"warm{i}");
        }

        var before = await HeapAsync(host);
        var times = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await CreateAsync(administrator, string.Create(CultureInfo.InvariantCulture, $"t{i}"));
            times.RecordValue(Math.Max(1, Stopwatch.GetElapsedTime(start).Ticks));
        }

        var after = await HeapAsync(host);
        var bytes = (double)(after - before) / count;
        var slowest = times.GetValueAtPercentile(100) / (double)TimeSpan.TicksPerMillisecond;
        var verdict = new Verdict("tenants");
        verdict.Figure("hospitals", $"{count:N0} on one embedded host");
        verdict.Figure("provisioning p50, p99, slowest", $"{times.GetValueAtPercentile(50) / (double)TimeSpan.TicksPerMillisecond:0.0} ms, {times.GetValueAtPercentile(99) / (double)TimeSpan.TicksPerMillisecond:0.0} ms, {slowest:0.0} ms");
        verdict.Claim("provisioning takes less than 1 s each", $"{slowest:0} ms", slowest < 1000);
        verdict.Claim("a hospital just provisioned costs less than 20 KB of managed memory", $"{bytes / 1000:0.0} KB", bytes < 20_000);
        return await verdict.PrintAsync(json);
    }

    private static async Task CreateAsync(HttpClient administrator, string slug)
    {
        using var response = await administrator.PostAsJsonAsync("/admin/tenants", new { tenant = slug, name = slug });
        response.EnsureSuccessStatusCode();
    }

    /// <summary>The managed heap after the host's last collections.</summary>
    private static async Task<long> HeapAsync(HostProcess host)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri($"http://{host.Management}/metrics"));
        return metrics.Split('\n').Where(line => line.StartsWith("dotnet_gc_last_collection_heap_size_bytes", StringComparison.Ordinal)).Sum(line => (long)double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
