using System.Text.Json;

namespace MedOrleans.Host.Import;

/// <summary>
/// What of each file and round has been acknowledged, kept in a file, so that an import that was stopped goes on where it was. A
/// file that was loaded to its end is forgotten: importing it again checks it again.
/// </summary>
internal sealed class ImportJournal
{
    private readonly string _file;
    private readonly Dictionary<string, int> _done;

    private ImportJournal(string file, Dictionary<string, int> done)
    {
        _file = file;
        _done = done;
    }

    /// <summary>Opens the journal of a server and hospital.</summary>
    /// <param name="folder">Where journals are kept.</param>
    /// <param name="server">The server.</param>
    /// <param name="tenant">The hospital.</param>
    /// <param name="restart">Whether to forget what an earlier import did.</param>
    public static ImportJournal Open(string folder, Uri server, string tenant, bool restart)
    {
        var file = Path.Combine(folder, $"import-{tenant}-{server.Host}-{server.Port}.json");
        var done = new Dictionary<string, int>(StringComparer.Ordinal);
        if (!restart && File.Exists(file))
        {
            try
            {
                done = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllBytes(file)) ?? done;
            }
            catch (JsonException)
            {
                // A journal cut off in the middle only costs sending some lines again.
            }
        }

        return new ImportJournal(file, done);
    }

    /// <summary>How many resources of a file have been acknowledged in a round.</summary>
    public int Done(ImportSource source, int round)
    {
        lock (_done)
        {
            return _done.GetValueOrDefault(Key(source, round));
        }
    }

    /// <summary>Keeps that the first <paramref name="count"/> resources have been acknowledged.</summary>
    public void Keep(ImportSource source, int round, int count)
    {
        lock (_done)
        {
            _done[Key(source, round)] = count;
            Save();
        }
    }

    /// <summary>Everything has been loaded: the next import starts over.</summary>
    public void Finish(IEnumerable<ImportSource> sources)
    {
        lock (_done)
        {
            foreach (var source in sources)
            {
                for (var round = 0; round < ImportOrder.Rounds; round++)
                {
                    _done.Remove(Key(source, round));
                }
            }

            if (_done.Count == 0)
            {
                File.Delete(_file);
            }
            else
            {
                Save();
            }
        }
    }

    private static string Key(ImportSource source, int round) => FormattableString.Invariant($"{source.Path}|{source.Fingerprint}|{round}");

    private void Save()
    {
        var next = _file + ".new";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(_done));
        File.Move(next, _file, overwrite: true);
    }
}
