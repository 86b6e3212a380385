using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MedOrleans.LoadTests;

/// <summary>A commit as it is shipped: published for this machine, compiled ahead as one with .NET, in a temporary folder.</summary>
internal sealed class ShippedBuild : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _repository;
    private bool _hasWorktree;

    private ShippedBuild(string repository, string folder, string commit) => (_repository, _folder, Commit) = (repository, folder, commit);

    /// <summary>The commit.</summary>
    public string Commit { get; }

    /// <summary>Its <c>medorleans</c>.</summary>
    public string Program => Path.Combine(_folder, "out", "medorleans");

    /// <summary>Publishes the working tree that this program was built in.</summary>
    public static async Task<ShippedBuild> OfThisAsync()
    {
        var build = await MakeAsync("HEAD");
        await build.PublishAsync(build._repository);
        return build;
    }

    /// <summary>Publishes an earlier commit of the repository that this program was built in.</summary>
    /// <param name="name">A commit, branch or tag; the newest tag without it, or the commit before this one where there is no tag.</param>
    public static async Task<ShippedBuild> OfAsync(string? name)
    {
        var tag = (await RunAsync(AppContext.BaseDirectory, "git", "tag", "--sort=-creatordate")).Split('\n')[0].Trim();
        name ??= tag.Length > 0 ? tag : "HEAD~1";
        var build = await MakeAsync(name);
        var source = Path.Combine(build._folder, "source");
        await RunAsync(build._repository, "git", "worktree", "add", "--detach", source, name);
        build._hasWorktree = true;
        await build.PublishAsync(source);
        return build;
    }

    public async ValueTask DisposeAsync()
    {
        if (_hasWorktree)
        {
            await RunAsync(_repository, "git", "worktree", "remove", "--force", Path.Combine(_folder, "source"));
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<ShippedBuild> MakeAsync(string name)
    {
        var repository = (await RunAsync(AppContext.BaseDirectory, "git", "rev-parse", "--show-toplevel")).Trim();
        var commit = (await RunAsync(repository, "git", "log", "-1", "--format=%h %s", name)).Trim();
        return new ShippedBuild(repository, Directory.CreateTempSubdirectory("medorleans-shipped-").FullName, commit);
    }

    // Its intermediate files are apart from those of the builds of the same tree. An earlier commit may not know yet how it is shipped.
    private Task<string> PublishAsync(string source)
    {
        Console.WriteLine($"publishing {Commit}");
        return RunAsync(
            source, "dotnet", "publish", "src/MedOrleans.Host", "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "true", "-p:PublishReadyToRun=true", "-p:PublishReadyToRunComposite=true", "-v", "q", "--nologo",
            "--artifacts-path", Path.Combine(_folder, "build"), "-o", Path.Combine(_folder, "out"));
    }

    private static async Task<string> RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {output}{await error}");
    }
}
