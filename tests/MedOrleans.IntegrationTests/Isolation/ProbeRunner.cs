using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Orleans;

namespace MedOrleans.IntegrationTests.Isolation;

/// <summary>What probes found.</summary>
public sealed class ProbeReport
{
    /// <summary>How many there were of each kind.</summary>
    public ConcurrentDictionary<string, int> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers with something of the other hospital's.</summary>
    public ConcurrentQueue<string> Leaks { get; } = new();

    /// <summary>Pairs of answers that tell another's from absent.</summary>
    public ConcurrentQueue<string> Differences { get; } = new();

    /// <summary>Answers of 500 and above, and grain calls that broke.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <summary>How many probes there were.</summary>
    public int Total => Kinds.Values.Sum();

    /// <summary>How many of birch's own requests found its secrets and were told apart from absent ones: that the probes ask for what is there, and the comparison sees it.</summary>
    public int Control { get; set; }

    /// <summary>How many of these were pages of the console.</summary>
    public int ConsoleControl { get; set; }
}

/// <summary>Sends probes and compares their answers.</summary>
public sealed partial class ProbeRunner(ProbeWorld world, ProbeReport report)
{
    private const int AtOnce = 16;

    // What differs between any two requests.
    private static readonly string[] s_volatile = ["Date", "X-Request-Id", "Content-Length", "Transfer-Encoding", "RateLimit"];

    /// <summary>Sends reads, many at once.</summary>
    public Task ReadAsync(IEnumerable<Probe> probes) => Parallel.ForEachAsync(probes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (probe, _) => await RunAsync(probe));

    /// <summary>Sends writes, one after the other.</summary>
    public async Task WriteAsync(IEnumerable<Probe> probes)
    {
        foreach (var probe in probes)
        {
            await RunAsync(probe);
        }
    }

    /// <summary>Asks for birch's things as birch: the probes are worth something only if they find them then.</summary>
    public Task ControlAsync(IEnumerable<Probe> probes) => Parallel.ForEachAsync(probes.Where(probe => probe.Method == "GET"), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (probe, _) =>
    {
        var own = probe with { Path = probe.Path.Replace("/alder", "/birch", StringComparison.Ordinal) };
        var client = probe.AtConsole ? world.BirchConsole : world.Birch;
        var answer = await SendAsync(client, own, own.Theirs);
        if (answer.Raw.Contains(world.Mark, StringComparison.Ordinal) && Normal(answer.Raw, own.Theirs) != Normal((await SendAsync(client, own, own.Absent)).Raw, own.Absent))
        {
            lock (report)
            {
                report.Control++;
                report.ConsoleControl += own.AtConsole ? 1 : 0;
            }
        }
    });

    /// <summary>Calls every method of every grain interface with keys of birch's and with keys of nobody's, as alder's .NET client.</summary>
    public async Task GrainsAsync(int count, int seed)
    {
        var random = new Random(seed);
        var methods = typeof(TenantId).Assembly.GetTypes().Where(type => type.IsInterface && type.IsAssignableTo(typeof(IGrainWithStringKey)))
            .SelectMany(type => type.GetInterfaces().Append(type).Where(own => own.Namespace?.StartsWith(nameof(MedOrleans), StringComparison.Ordinal) == true).SelectMany(own => own.GetMethods()).Select(method => (Type: type, Method: method)))
            .ToList();
        for (var i = 0; i < count; i++)
        {
            var (type, method) = methods[i % methods.Count];
            var pair = world.Pairs[random.Next(world.Pairs.Count)];
            var form = random.Next(6);
            var theirs = await CallAsync(type, method, Key(form, "birch", pair.Type, pair.Theirs[0]), pair.Theirs[0]);
            var absent = await CallAsync(type, method, Key(form, "nobdy", pair.Type, pair.Absent[0]), pair.Absent[0]);
            Count("grain");
            Compare($"{type.Name}.{method.Name} {form}", theirs, absent, pair.Theirs, pair.Absent);

            // Alder's own keys with birch's ids: reads alone, since a write would make alder's own.
            if (method.Name is "ReadAsync" or "ReadVersionAsync")
            {
                Count("grain");
                Compare(
                    $"{type.Name}.{method.Name} own", await CallAsync(type, method, Key(0, "alder", pair.Type, pair.Theirs[0]), pair.Theirs[0]),
                    await CallAsync(type, method, Key(0, "alder", pair.Type, pair.Absent[0]), pair.Absent[0]), pair.Theirs, pair.Absent);
            }
        }
    }

    private static string Key(int form, string tenant, string type, string id) => form switch
    {
        1 => tenant,
        2 => $"{tenant}/{ProbeWorld.Month}",
        3 => $"{tenant}/{type}?identifier={id}",
        4 => $"alder/../{tenant}/{type}/{id}",
        5 => $"{tenant}/{type}/{id}/1",
        _ => $"{tenant}/{type}/{id}",
    };

    private async Task<string> CallAsync(Type type, MethodInfo method, string key, string id)
    {
        try
        {
            var grain = world.Grains.GetGrain(type, key);
            var arguments = method.GetParameters().Select(parameter =>
                parameter.ParameterType == typeof(string) ? id
                : parameter.ParameterType == typeof(byte[]) ? Encoding.UTF8.GetBytes("{}")
                : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
                : null).ToArray();
            var result = method.Invoke(grain, arguments)!;
            var task = result as Task ?? (Task)result.GetType().GetMethod(nameof(ValueTask.AsTask))!.Invoke(result, null)!;
            await task.WaitAsync(TimeSpan.FromSeconds(20));
            var value = task.GetType().GetProperty("Result")?.GetValue(task);
            return value is Records.StoredVersion version ? $"{version} {Encoding.UTF8.GetString(version.Body)}" : $"{value}";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private async Task RunAsync(Probe probe)
    {
        Count(probe.Kind);
        var client = probe.AtConsole ? world.AlderConsole : world.Alder;
        var theirs = await SendAsync(client, probe, probe.Theirs);
        if (theirs.Status >= 500)
        {
            report.Faults.Enqueue($"{probe.Kind}: {probe.Method} {probe.Path}: {theirs.Text}");
        }

        var target = probe.Path + probe.Body + probe.Header?.Value;
        if (!target.Contains("{0}", StringComparison.Ordinal) && !target.Contains("{1}", StringComparison.Ordinal) && !target.Contains("{2}", StringComparison.Ordinal) && !target.Contains("{3}", StringComparison.Ordinal))
        {
            Look($"{probe.Kind}: {probe.Method} {probe.Path}", theirs.Raw);
            return;
        }

        var absent = await SendAsync(client, probe, probe.Absent);
        Look($"{probe.Kind}: {probe.Method} {probe.Path}", absent.Raw);
        Compare($"{probe.Kind}: {probe.Method} {probe.Path} {probe.Body}", theirs.Raw, absent.Raw, probe.Theirs, probe.Absent);
    }

    private void Compare(string what, string theirs, string absent, string[] theirNames, string[] absentNames)
    {
        Look(what, theirs);
        var (one, other) = (Normal(theirs, theirNames), Normal(absent, absentNames));
        if (one != other)
        {
            report.Differences.Enqueue($"{what}\n  another's: {Short(one)}\n  absent:    {Short(other)}");
        }
    }

    private void Look(string what, string answer)
    {
        if (answer.Contains(world.Mark, StringComparison.Ordinal))
        {
            report.Leaks.Enqueue($"{what}: {Short(answer)}");
        }
    }

    private void Count(string kind) => report.Kinds.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    private static string Fill(string template, string[] names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            template = template.Replace($"{{{i}}}", names[i], StringComparison.Ordinal);
        }

        return template;
    }

    private static async Task<(int Status, string Raw, string Text)> SendAsync(HttpClient client, Probe probe, string[] names)
    {
        using var request = new HttpRequestMessage(new HttpMethod(probe.Method), Fill(probe.Path, names));
        request.Headers.Add("X-Request-Id", "probe");
        if (probe.Header is { } header)
        {
            request.Headers.TryAddWithoutValidation(header.Name, Fill(header.Value, names));
        }

        if (probe.Body is { } body)
        {
            request.Content = new StringContent(Fill(body, names), Encoding.UTF8, new MediaTypeHeaderValue(probe.MediaType));
        }

        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var headers = response.Headers.Concat(response.Content.Headers).Where(one => !s_volatile.Contains(one.Key, StringComparer.OrdinalIgnoreCase))
            .OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key}: {string.Join(", ", one.Value)}");
        return ((int)response.StatusCode, $"{(int)response.StatusCode} {string.Join("; ", headers)}\n{text}", $"{(int)response.StatusCode} {Short(text)}");
    }

    /// <summary>An answer without the names that were asked for, and without what differs between any two.</summary>
    private static string Normal(string answer, string[] names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            answer = answer.Replace(names[i], $"{{{i}}}", StringComparison.Ordinal);
        }

        return Volatile().Replace(answer, "*");
    }

    private static string Short(string text) => text.Length <= 700 ? text : text[..700] + "…";

    [GeneratedRegex("\\d{4}-\\d\\d-\\d\\d(T|%3A|[\\d:.+Z-])+|[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\"(traceId|connectionId)\":\"[^\"]*\"|\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]+ GMT|_cursor=[^&\"]*|CfDJ8[\\w+/=%\\\\-]+")]
    private static partial Regex Volatile();
}
