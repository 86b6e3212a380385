using System.Security.Cryptography;
using System.Text;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Keys;

/// <summary>The master key is missing, or not the one that the cluster's data keys are wrapped by.</summary>
/// <param name="message">What is wrong and what helps, in one line.</param>
public sealed class MasterKeyException(string message) : Exception(message);

/// <summary>
/// The file with the master key: 32 bytes in base64 on one line. The cluster's first start makes it, readable by its owner
/// alone; the home database keeps its fingerprint, so that a host with another key does not start.
/// </summary>
internal static class MasterKeyFile
{
    private const string CheckName = "master-key-fingerprint";

    /// <summary>Loads the key, or makes it where the cluster has none yet.</summary>
    /// <exception cref="MasterKeyException">There is no file though the cluster has a key, or the file holds none, or another.</exception>
    public static async Task<MasterKey> LoadAsync(string file, IClusterSecrets secrets, CancellationToken cancel)
    {
        var path = Path.GetFullPath(file);
        var known = await secrets.FindAsync(CheckName, cancel) is { } kept ? Encoding.ASCII.GetString(kept) : null;
        var made = false;
        if (!File.Exists(path))
        {
            if (known is not null)
            {
                throw new MasterKeyException($"there is no file {path}, and this cluster's data keys are wrapped by the master key {known}: copy its file from the host that made it, or from your safe.");
            }

            made = TryMake(path);
        }

        var key = Read(path);
        known = Encoding.ASCII.GetString(await secrets.GetOrAddAsync(CheckName, () => Encoding.ASCII.GetBytes(key.Fingerprint), cancel));
        if (known == key.Fingerprint)
        {
            return key;
        }

        if (made)
        {
            // Another host made the cluster's key a moment earlier: this one wraps nothing.
            File.Delete(path);
        }

        throw new MasterKeyException($"{path} holds the master key {key.Fingerprint}, and this cluster's data keys are wrapped by {known}: every host needs the same file.");
    }

    /// <summary>Writes a new key; false where another process was faster.</summary>
    private static bool TryMake(string path)
    {
        // Under its name the file is whole: a host that starts at the same time reads all of it or finds none.
        var draft = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var stream = PrivateFile.Open(draft, FileMode.CreateNew))
            {
                stream.Write(Encoding.ASCII.GetBytes(MasterKey.Make().Print() + "\n"));
                stream.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"{path} cannot be written: give a folder that the host may write to, or a file that is there already.");
        }
    }

    private static MasterKey Read(string path)
    {
        try
        {
            var bytes = Convert.FromBase64String(File.ReadAllText(path).Trim());
            return bytes.Length == MasterKey.Size
                ? new MasterKey(bytes)
                : throw new MasterKeyException($"{path} holds {bytes.Length} bytes, and a master key has {MasterKey.Size}, in base64.");
        }
        catch (FormatException)
        {
            throw new MasterKeyException($"{path} is not a master key: {MasterKey.Size} bytes in base64 on one line (openssl rand -base64 {MasterKey.Size}).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"{path} cannot be read: its owner must be the user that runs the host.");
        }
    }
}
