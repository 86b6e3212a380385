using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using MedOrleans.Host.Hosting;

namespace MedOrleans.Host.Observe;

/// <summary>A Prometheus beside this process, with the shipped configuration and rules; it ends with it.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    private const int MostLines = 20;
    private const string ShippedTarget = "127.0.0.1:8081";

    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastLines = new();

    private PrometheusProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    /// <summary>Completes when it has ended, however that came.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>The last lines that it wrote.</summary>
    public string LastLines => string.Join(Environment.NewLine, _lastLines);

    /// <summary>Where the program is: the path itself, or the first folder of the PATH that has it.</summary>
    /// <param name="program">A path, or a name.</param>
    /// <exception cref="SettingsException">There is none.</exception>
    public static string Find(string program)
    {
        var found = program.Contains(Path.DirectorySeparatorChar)
            ? [program]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program));
        return found.FirstOrDefault(File.Exists)
            ?? throw new SettingsException([$"--prometheus: there is no program {program}: install it (`apt-get install prometheus`, or https://prometheus.io/download), or give its path."]);
    }

    /// <summary>Writes the configuration into <paramref name="folder"/> and starts Prometheus there.</summary>
    /// <param name="program">The program, as <see cref="Find"/> gives it.</param>
    /// <param name="folder">Where configuration and series go; made where it is not there.</param>
    /// <param name="target">The address to scrape, <c>127.0.0.1:8081</c>.</param>
    /// <param name="listen">The address that it answers on.</param>
    public static async Task<PrometheusProcess> StartAsync(string program, string folder, string target, string listen)
    {
        Directory.CreateDirectory(folder);
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, (await ShippedAsync("prometheus.yml")).Replace(ShippedTarget, target, StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(folder, "rules.yml"), await ShippedAsync("rules.yml"));
        return new PrometheusProcess(new ProcessStartInfo(program, [
            $"--config.file={configuration}",
            $"--storage.tsdb.path={Path.Combine(folder, "data")}",
            "--storage.tsdb.retention.time=15d",
            $"--web.listen-address={listen}"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        });
    }

    /// <summary>Returns once it answers that it is ready.</summary>
    /// <param name="address">Where it listens.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>False where it ended instead.</returns>
    public async Task<bool> IsReadyAsync(Uri address, TimeProvider time, CancellationToken cancel)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200), time);
        while (!_process.HasExited)
        {
            try
            {
                using var reply = await client.GetAsync(new Uri("/-/ready", UriKind.Relative), cancel);
                if (reply.IsSuccessStatusCode)
                {
                    return true;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await timer.WaitForNextTickAsync(cancel);
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGTERM, so that it writes out what it has; the runtime itself can only kill.
            using (var terminate = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            {
                await terminate.WaitForExitAsync();
            }

            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_stopLimit);
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private static async Task<string> ShippedAsync(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return await reader.ReadToEndAsync();
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lastLines.Enqueue(line);
        while (_lastLines.Count > MostLines)
        {
            _lastLines.TryDequeue(out _);
        }
    }
}
