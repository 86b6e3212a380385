using System.Diagnostics;

namespace MedOrleans.LoadTests;

/// <summary>A build of an earlier commit, in a temporary folder.</summary>
internal sealed class EarlierBuild : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _repository;

    private EarlierBuild(string repository, string folder, string commit) => (_repository, _folder, Commit) = (repository, folder, commit);

    /// <summary>The commit.</summary>
    public string Commit { get; }

    /// <summary>Its <c>medorleans.dll</c>.</summary>
    public string Program => Path.Combine(_folder, "out", "medorleans.dll");

    /// <summary>Checks out and builds a commit of the repository that this program was built in.</summary>
    /// <param name="name">A commit, branch or tag; the newest tag without it, or the commit before this one where there is no tag.</param>
    public static async Task<EarlierBuild> MakeAsync(string? name)
    {
        var repository = (await RunAsync(AppContext.BaseDirectory, "git", "rev-parse", "--show-toplevel")).Trim();
        var tag = (await RunAsync(repository, "git", "tag", "--sort=-creatordate")).Split('\n')[0].Trim();
        name ??= tag.Length > 0 ? tag : "HEAD~1";
        var commit = (await RunAsync(repository, "git", "log", "-1", "--format=%h %s", name)).Trim();
        var build = new EarlierBuild(repository, Directory.CreateTempSubdirectory("medorleans-earlier-").FullName, commit);
        Console.WriteLine($"building {commit}");
        await RunAsync(repository, "git", "worktree", "add", "--detach", Path.Combine(build._folder, "source"), name);
        await RunAsync(Path.Combine(build._folder, "source"), "dotnet", "build", "src/MedOrleans.Host", "-c", "Release", "-v", "q", "--nologo", "-o", Path.Combine(build._folder, "out"));
        return build;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync(_repository, "git", "worktree", "remove", "--force", Path.Combine(_folder, "source"));
        Directory.Delete(_folder, recursive: true);
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
