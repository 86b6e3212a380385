using System.Text.Json;
using MedOrleans.Record.Store;

namespace MedOrleans.Record.Lifecycle;

/// <summary>What a certificate of deletion says.</summary>
public static class DeletionCertificate
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>The statement that is signed, as UTF-8 JSON.</summary>
    public static byte[] Print(TenantDeletion deletion, DateTimeOffset finished) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            statement = "The record of this hospital is deleted: its keys are destroyed, and no row of it is left but what is listed as kept.",
            hospital = deletion.Tenant.Value,
            name = deletion.Progress.Name,
            requested = deletion.Requested.UtcDateTime,
            requestedBy = deletion.Progress.By,
            beforeTheEndOfGrace = deletion.Progress.Forced,
            finished = finished.UtcDateTime,
            destroyedKeys = deletion.Progress.Keys.Where(key => key.Fingerprint.Length > 0)
                .Select(key => new { key.Id, algorithm = "AES-256-GCM", key.Fingerprint, made = key.Made.UtcDateTime, destroyed = key.Destroyed?.UtcDateTime }),
            deletedRows = deletion.Progress.Rows,
            deletedGrainStates = deletion.Progress.States,
            kept = ErasedTables.Kept.Append(new("grain states", "closed statements, the name and plans that statements need, and the invitation that was used")).ToDictionary(),
        },
        s_json);
}
