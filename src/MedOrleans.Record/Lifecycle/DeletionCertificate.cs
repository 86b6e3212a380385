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
            requested = deletion.Requested,
            requestedBy = deletion.Progress.By,
            beforeTheEndOfGrace = deletion.Progress.Forced,
            finished,
            destroyedKeys = deletion.Progress.Keys.Where(key => key.Fingerprint.Length > 0).Select(key => new { key.Id, algorithm = "AES-256-GCM", key.Fingerprint, key.Made, key.Destroyed }),
            deletedRows = deletion.Progress.Rows,
            deletedGrainStates = deletion.Progress.States,
            kept = ErasedTables.Kept.Append(new("grain states", "closed statements, and the name and plans that statements need")).ToDictionary(),
        },
        s_json);
}
