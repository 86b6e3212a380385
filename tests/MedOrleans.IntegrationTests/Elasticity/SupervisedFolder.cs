using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Elasticity;

/// <summary>A supervisor's data folder. Its silos outlive a supervisor that is killed; what of them still runs at the end is ended.</summary>
public sealed class SupervisedFolder : IDisposable
{
    /// <summary>The folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("medorleans-supervisor-").FullName;

    /// <summary>A first port for silos, below those that hosts of the tests take.</summary>
    public static string FirstPort() => (2000 + (RandomNumberGenerator.GetInt32(600) * 16)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether a process runs.</summary>
    public static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The process of a silo by its number.</summary>
    public int ProcessOf(int number) => Read(System.IO.Path.Combine(Path, "silos", $"{number}", "process.json"));

    public void Dispose()
    {
        var silos = System.IO.Path.Combine(Path, "silos");
        foreach (var silo in Directory.Exists(silos) ? Directory.EnumerateFiles(silos, "process.json", SearchOption.AllDirectories).Select(Read).Where(IsRunning) : [])
        {
            using var process = Process.GetProcessById(silo);
            process.Kill();
            process.WaitForExit();
        }

        Directory.Delete(Path, recursive: true);
    }

    private static int Read(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.GetProperty("Id").GetInt32();
    }
}
