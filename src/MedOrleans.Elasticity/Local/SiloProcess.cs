using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MedOrleans.Elasticity.Local;

/// <summary>How a silo of this machine is started.</summary>
/// <param name="Program">The program and the arguments before its command: <c>dotnet medorleans.dll</c>, or the executable alone.</param>
/// <param name="Folder">The folder in which each silo has its own.</param>
/// <param name="Settings">The settings of the silo of a number, as a JSON file's text.</param>
/// <param name="Address">Its address for other silos, <c>ip:port</c>.</param>
internal sealed record SiloTemplate(IReadOnlyList<string> Program, string Folder, Func<int, string, string> Settings, Func<int, string> Address);

/// <summary>
/// A silo's process. It belongs to no terminal and outlives a supervisor that is killed: what it writes goes to a file, and the next supervisor finds it by
/// the file that says which process it is.
/// </summary>
internal sealed class SiloProcess : IDisposable
{
    private const string Record = "process.json";

    private readonly Process _process;
    private readonly string _folder;

    private SiloProcess(Process process, string folder) => (_process, _folder) = (process, folder);

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Its exit code; null where it cannot be told, as it was started by another supervisor.</summary>
    public int? ExitCode
    {
        get
        {
            try
            {
                return _process.ExitCode;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }

    /// <summary>The last line that it wrote.</summary>
    public string LastLine
    {
        get
        {
            try
            {
                using var log = new FileStream(Path.Combine(_folder, "silo.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                log.Seek(-Math.Min(log.Length, 8192), SeekOrigin.End);
                using var reader = new StreamReader(log);
                return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "";
            }
            catch (IOException)
            {
                return "";
            }
        }
    }

    /// <summary>Starts a silo.</summary>
    public static SiloProcess Start(SiloTemplate template, SupervisorOptions options, int number)
    {
        var folder = FolderOf(template, number);
        var settings = Path.Combine(folder, "settings.json");
        WritePrivately(settings, template.Settings(number, folder));
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec setsid \"$@\" </dev/null >>\"$0\" 2>&1", Path.Combine(folder, "silo.log"), .. template.Program, "serve", "--config", settings]);

        // The file has what the environment had; the environment would have the last word.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MEDORLEANS__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        if (options.ProcessorsPerSilo > 0)
        {
            start.Environment["DOTNET_PROCESSOR_COUNT"] = options.ProcessorsPerSilo.ToString("x", CultureInfo.InvariantCulture);
        }

        var process = Process.Start(start)!;
        WritePrivately(Path.Combine(folder, Record), JsonSerializer.Serialize(new Known(process.Id, process.StartTime.ToUniversalTime(), Birth(process.Id))));
        return new SiloProcess(process, folder);
    }

    /// <summary>The silos that a supervisor before this one left running, by number.</summary>
    public static IReadOnlyList<(int Number, SiloProcess Silo)> Find(SiloTemplate template)
    {
        var found = new List<(int, SiloProcess)>();
        foreach (var folder in Directory.Exists(template.Folder) ? Directory.EnumerateDirectories(template.Folder) : [])
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Running(Path.Combine(folder, Record)) is { } process)
            {
                found.Add((number, new SiloProcess(process, folder)));
            }
        }

        return found;
    }

    /// <summary>Tells it to stop.</summary>
    public void Stop()
    {
        // The runtime can only kill; the shell's own `kill` is there without any package.
        using var signal = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "kill -TERM \"$0\" 2>/dev/null", Id.ToString(CultureInfo.InvariantCulture)]));
        signal?.WaitForExit();
    }

    /// <summary>Ends it at once.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private static string FolderOf(SiloTemplate template, int number) => Directory.CreateDirectory(Path.Combine(template.Folder, number.ToString(CultureInfo.InvariantCulture))).FullName;

    /// <summary>The process that a file speaks of; null where it has ended and its number is another's, or nobody's.</summary>
    private static Process? Running(string file)
    {
        try
        {
            var known = JsonSerializer.Deserialize<Known>(File.ReadAllText(file))!;
            var process = Process.GetProcessById(known.Id);
            var same = known.Birth is { } birth ? birth == Birth(known.Id) : (process.StartTime.ToUniversalTime() - known.Started).Duration() < TimeSpan.FromSeconds(3);
            if (!process.HasExited && same)
            {
                return process;
            }

            process.Dispose();
        }
        catch (Exception e) when (e is IOException or JsonException or ArgumentException or InvalidOperationException)
        {
            // There is none.
        }

        return null;
    }

    /// <summary>
    /// When a process was started, in ticks since the machine was, and which start of the machine that is; null where the system has no such file. The runtime reckons the time of day back from
    /// now, so that a clock that is set makes another process of it.
    /// </summary>
    private static string? Birth(int process)
    {
        try
        {
            // The second field is the program's name in brackets, which may hold anything; the twenty-second is the start.
            var status = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            var start = status[(status.LastIndexOf(')') + 2)..].Split(' ')[19];
            return $"{File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()}/{start}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Writes a file that its user alone can read. Whoever reads it meanwhile, or after a crash, finds the one before or this one, and no half.</summary>
    private static void WritePrivately(string file, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var half = file + ".new";
        using (var stream = new FileStream(half, options))
        {
            using var writer = new StreamWriter(stream);
            writer.Write(text);
        }

        File.Move(half, file, overwrite: true);
    }

    private sealed record Known(int Id, DateTime Started, string? Birth = null);
}
