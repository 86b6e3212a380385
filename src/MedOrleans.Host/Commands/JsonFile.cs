using System.Text.Json;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Commands;

/// <summary>Files that commands put: JSON with an id.</summary>
internal static class JsonFile
{
    /// <summary>Reads a file and the id in it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="what">What it holds: plan, rate card.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="ClientException">It cannot be read, or is something else.</exception>
    public static async Task<(string Id, byte[] Json)> ReadAsync(FileInfo file, string what, CancellationToken cancel)
    {
        try
        {
            var json = await File.ReadAllBytesAsync(file.FullName, cancel);
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("id", out var id) && id.GetString() is { } value
                ? (value, json)
                : throw new ClientException($"{file.Name} has no id: it is not a {what}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new ClientException($"The {what} cannot be read from {file.FullName}: {e.Message}");
        }
    }
}
