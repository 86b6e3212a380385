using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Store;

namespace MedOrleans.Gateway.Security;

/// <summary>The operator's credential: made at the cluster's first start and written to a file that its owner alone can read.</summary>
public sealed class OperatorCredential
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "operator.json";

    private const string ClientIdText = "operator";
    private const int LeastLength = 20;

    private readonly byte[] _hash;

    private OperatorCredential(byte[] hash) => _hash = hash;

    /// <summary>The operator's client id.</summary>
    public static string ClientId => ClientIdText;

    /// <summary>Loads the credential, or makes it and writes the file.</summary>
    /// <param name="secrets">Where its hash is kept.</param>
    /// <param name="dataFolder">Where the file goes.</param>
    /// <param name="server">The address that the file names, for the tools that read it.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The credential, and whether the file was written just now.</returns>
    public static async Task<(OperatorCredential Credential, bool IsNew)> LoadAsync(
        IClusterSecrets secrets, string dataFolder, string server, CancellationToken cancel)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var mine = Hash(secret);
        var kept = await secrets.GetOrAddAsync("operator-credential", () => mine, cancel);
        var isNew = kept.AsSpan().SequenceEqual(mine);
        if (isNew)
        {
            await WriteAsync(Path.Combine(dataFolder, FileName), secret, server, cancel);
        }

        return (new OperatorCredential(kept), isNew);
    }

    /// <summary>Reads the credential from a file that holds the secret alone, as orchestrators mount it.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, or what it holds is no secret.</exception>
    public static OperatorCredential FromFile(string file)
    {
        try
        {
            var secret = File.ReadAllText(file).Trim();
            return secret.Length >= LeastLength ? new OperatorCredential(Hash(secret)) : throw new InvalidDataException($"{file} holds less than {LeastLength} characters.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Whether the secret is the operator's, in constant time.</summary>
    public bool IsRight(string clientId, string secret) =>
        CryptographicOperations.FixedTimeEquals(Hash(secret), _hash) && clientId == ClientIdText;

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static async Task WriteAsync(string file, string secret, string server, CancellationToken cancel)
    {
        await using var stream = PrivateFile.Open(file, FileMode.Create);
        await JsonSerializer.SerializeAsync(stream, new { clientId = ClientIdText, clientSecret = secret, server }, cancellationToken: cancel);
    }
}
