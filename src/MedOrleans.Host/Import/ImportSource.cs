using System.IO.Compression;
using System.Text.Json;

namespace MedOrleans.Host.Import;

/// <summary>One resource of a file: a line of NDJSON, or an entry of a Bundle.</summary>
/// <param name="Number">The line or entry, counted from 1.</param>
/// <param name="Type">Its resource type; empty where it has none.</param>
/// <param name="Json">The resource on one line, without the line's end.</param>
internal sealed record ImportUnit(int Number, string Type, ReadOnlyMemory<byte> Json);

/// <summary>A file to import: NDJSON, a Bundle or a single resource, plain or gzipped.</summary>
internal sealed class ImportSource(string path)
{
    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Whether it holds one resource a line.</summary>
    public bool IsNdjson { get; } = WithoutGz(path).EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase);

    /// <summary>What tells this file from a later one of the same name.</summary>
    public string Fingerprint => FormattableString.Invariant($"{new FileInfo(Path).Length}-{File.GetLastWriteTimeUtc(Path).Ticks}");

    /// <summary>Whether this is what a bulk export writes beside its resources: a log, or the manifest.</summary>
    public bool IsExportLog => WithoutGz(System.IO.Path.GetFileName(Path)).ToUpperInvariant() is "LOG.NDJSON" or "MANIFEST.JSON";

    /// <summary>The files of the paths given, folders searched through, in order of name.</summary>
    /// <exception cref="Client.ClientException">A path does not exist, or nothing can be imported from it.</exception>
    public static IReadOnlyList<ImportSource> Find(IEnumerable<string> paths)
    {
        var found = new List<ImportSource>();
        foreach (var path in paths)
        {
            if (File.Exists(path))
            {
                found.Add(new ImportSource(path));
            }
            else if (Directory.Exists(path))
            {
                found.AddRange(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsReadable).Order(StringComparer.Ordinal).Select(file => new ImportSource(file)));
            }
            else
            {
                throw new Client.ClientException($"There is no file or folder {path}.");
            }
        }

        return found.Count > 0 ? found : throw new Client.ClientException("There is nothing to import: no .ndjson or .json file, plain or .gz.");
    }

    /// <summary>The file's resources, in order.</summary>
    public IEnumerable<ImportUnit> Units() => IsNdjson ? Lines() : Document();

    private static bool IsReadable(string file) =>
        WithoutGz(file).EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase) || WithoutGz(file).EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    private static string WithoutGz(string file) => file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;

    private Stream Open()
    {
        var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private IEnumerable<ImportUnit> Lines()
    {
        using var reader = new StreamReader(Open());
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (!string.IsNullOrWhiteSpace(line))
            {
                var json = System.Text.Encoding.UTF8.GetBytes(line);
                yield return new ImportUnit(number, ResourceJson.TypeOf(json), json);
            }
        }
    }

    private IEnumerable<ImportUnit> Document()
    {
        using var stream = Open();
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var bytes = buffer.ToArray();
        if (ResourceJson.TypeOf(bytes) == "Bundle" && BundleUnits.TryRead(bytes) is { } units)
        {
            return units;
        }

        try
        {
            return [new ImportUnit(1, ResourceJson.TypeOf(bytes), ResourceJson.OnOneLine(bytes))];
        }
        catch (JsonException)
        {
            return [new ImportUnit(1, "", "?"u8.ToArray())];
        }
    }
}
