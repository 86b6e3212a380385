using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace MedOrleans.Record.Store;

/// <summary>A numbered SQL file of the schema, built into the program.</summary>
internal sealed record SchemaScript(int Number, string Name, string Sql)
{
    /// <summary>A fingerprint that shows a changed file under an applied number.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The scripts of a provider's folder, <c>Postgres</c> or <c>Sqlite</c>, in order.</summary>
    public static IReadOnlyList<SchemaScript> Of(string provider)
    {
        var assembly = Assembly.GetExecutingAssembly();
        var prefix = $"MedOrleans.Record.{provider}.Schema.";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                var file = name[prefix.Length..];
                return new SchemaScript(int.Parse(file[..4], CultureInfo.InvariantCulture), file, reader.ReadToEnd());
            })];
    }

    /// <summary>The scripts that are still to be applied.</summary>
    /// <exception cref="RecordStoreException">The database is of a newer release, or an applied script has changed since.</exception>
    public static IEnumerable<SchemaScript> Pending(IReadOnlyList<SchemaScript> scripts, IReadOnlyDictionary<int, string> applied)
    {
        if (applied.Count > 0 && applied.Keys.Max() > scripts[^1].Number)
        {
            throw new RecordStoreException(
                $"The database has schema {applied.Keys.Max()}, this release knows {scripts[^1].Number}: it was migrated by a newer release.", isTransient: false);
        }

        foreach (var script in scripts)
        {
            if (!applied.TryGetValue(script.Number, out var checksum))
            {
                yield return script;
            }
            else if (checksum != script.Checksum)
            {
                throw new RecordStoreException($"The schema script {script.Name} differs from the one that was applied.", isTransient: false);
            }
        }
    }
}
