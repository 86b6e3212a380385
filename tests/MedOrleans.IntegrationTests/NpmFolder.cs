using System.Diagnostics;

namespace MedOrleans.IntegrationTests;

/// <summary>A folder of its own with packages of the npm registry.</summary>
public sealed class NpmFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-npm-").FullName;

    /// <summary>Installs packages, each <c>name@version</c>; their install scripts are not run.</summary>
    public async Task InstallAsync(params string[] packages)
    {
        await WriteAsync("package.json", ["""{"private":true,"type":"module"}"""]);
        var (code, output) = await RunAsync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", .. packages]);
        Assert.True(code == 0, output);
    }

    /// <summary>Writes a file into it.</summary>
    public Task WriteAsync(string name, IEnumerable<string> lines) => File.WriteAllLinesAsync(Path.Combine(_folder, name), lines);

    /// <summary>A program that a package brings.</summary>
    public string Program(string name) => Path.Combine(_folder, "node_modules", ".bin", name);

    /// <summary>Runs a program in it: its exit code and all that it wrote.</summary>
    public Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments) => Tool.RunAsync(program, arguments, _folder);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>Programs that a test runs to their end.</summary>
public static class Tool
{
    /// <summary>Runs one: its exit code and all that it wrote.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, string? folder = null)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder ?? "", RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
