using System.Buffers;
using System.Globalization;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using Orleans;

namespace MedOrleans.Gateway.Bulk;

/// <summary>Begins an export, says how it is, and ends it (Bulk Data Access, export.html).</summary>
internal sealed class ExportInteractions(IRecordStores stores, IGrainFactory grains, LifecycleOptions options, TimeProvider time)
{
    /// <summary>The most exports of one hospital that are kept at a time.</summary>
    private const int MostExports = 10;

    /// <summary>The scope that an export needs of each type.</summary>
    public const Interaction Needs = Interaction.Read | Interaction.Search;

    // A resource is stamped a moment before it is committed, by another clock than the store's. Who asks next time for what has changed since
    // this time gets some resources twice, and misses none.
    private static readonly TimeSpan s_overlap = TimeSpan.FromMinutes(1);

    private static readonly string[] s_formats = ["application/fhir+ndjson", "application/ndjson", "ndjson"];

    /// <summary>The kick-off request.</summary>
    public async ValueTask<FhirResult> StartAsync(FhirCall call, bool ofPatients)
    {
        var (request, refusal) = Read(call, ofPatients);
        if (request is null)
        {
            return refusal!;
        }

        if (await stores.ForAsync(call.Tenant, call.Cancel) is not { } store)
        {
            return Absent();
        }

        if ((await store.ExportsAsync(call.Tenant, call.Cancel)).Count(job => job.Expires > time.GetUtcNow()) >= MostExports)
        {
            return FhirResult.Refused(429, "throttled", $"The hospital has {MostExports} exports: delete one that is no longer needed.") with { RetryAfter = 60 };
        }

        var id = Guid.CreateVersion7();
        await store.AddExportAsync(call.Tenant, id, request, time.GetUtcNow() + options.ExportLifetime, call.Cancel);

        // Should this call be lost, a silo finds the export in the store.
        grains.GetGrain<IExportGrain>(call.Tenant.Value).ContinueAsync().Ignore();
        call.Http.Response.Headers["Content-Location"] = $"{call.BaseUrl}/$export/{id}";
        return new FhirResult(202);
    }

    /// <summary>The status request: 202 until the snapshot is taken, then the manifest.</summary>
    public async ValueTask<FhirResult> StatusAsync(FhirCall call)
    {
        if (await FindAsync(call) is not { } job)
        {
            return Absent();
        }

        var headers = call.Http.Response.Headers;
        if (job.Taken is null)
        {
            headers["X-Progress"] = "taking the snapshot";
            return new FhirResult(202) { RetryAfter = 1 };
        }

        headers.Expires = job.Expires.ToString("R", CultureInfo.InvariantCulture);
        call.Http.Response.ContentType = "application/json";
        return new FhirResult(200) { Content = new BytesContent(Manifest(call, job)) };
    }

    /// <summary>The delete request: ends an export, or lets go what it has.</summary>
    public async ValueTask<FhirResult> EndAsync(FhirCall call) =>
        await FindAsync(call) is { } job && await (await stores.ForAsync(call.Tenant, call.Cancel))!.DropExportAsync(call.Tenant, job.Id, call.Cancel)
            ? new FhirResult(202)
            : Absent();

    private async Task<ExportJob?> FindAsync(FhirCall call) =>
        Guid.TryParse(call.Route("job"), out var id) && await stores.ForAsync(call.Tenant, call.Cancel) is { } store
            ? (await store.ExportsAsync(call.Tenant, call.Cancel)).FirstOrDefault(job => job.Id == id && job.Expires > time.GetUtcNow())
            : null;

    private static FhirResult Absent() => FhirResult.Refused(404, "not-found", "There is no such export, or it has expired.");

    private static (ExportRequest? Request, FhirResult? Refusal) Read(FhirCall call, bool ofPatients)
    {
        var prefer = call.Http.Request.Headers["Prefer"].ToString();
        if (!prefer.Split([',', ';'], StringSplitOptions.TrimEntries).Contains("respond-async", StringComparer.OrdinalIgnoreCase))
        {
            return (null, FhirResult.Refused(400, "required", "An export is answered later: the request needs the header Prefer: respond-async."));
        }

        var possible = ofPatients ? PatientReferences.Types : FhirTypes.All;
        var types = possible.Where(type => call.Allows(type, Needs)).ToList();
        DateTimeOffset? since = null;
        foreach (var (name, value) in FhirAddresses.Parameters(call.Http.Request.QueryString.Value))
        {
            switch (name)
            {
                case "_type":
                    var asked = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
                    if (asked.Find(type => !possible.Contains(type)) is { } unknown)
                    {
                        return (null, FhirResult.Refused(400, "value", $"'{FhirAddresses.Shorten(unknown)}' is no resource type{(ofPatients ? " that belongs to patients" : " of FHIR R4")}.", "_type"));
                    }

                    if (asked.Find(type => !call.Allows(type, Needs)) is { } forbidden)
                    {
                        return (null, call.Forbids(forbidden, Needs));
                    }

                    types = asked;
                    break;
                case "_since" when DateTimeOffset.TryParse(value.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time):
                    since = time;
                    break;
                case "_since":
                    return (null, FhirResult.Refused(400, "value", "Not an instant, as in 2026-11-26T08:00:00Z.", "_since"));
                case "_outputFormat" when s_formats.Contains(value.Replace(' ', '+'), StringComparer.OrdinalIgnoreCase):
                case "_format":
                    break;
                case "_outputFormat":
                    return (null, FhirResult.Refused(400, "not-supported", "Files are application/fhir+ndjson and nothing else.", "_outputFormat"));
                case var _ when call.Preferences.Lenient:
                    break;
                default:
                    return (null, FhirResult.Refused(400, "not-supported", $"The parameter {FhirAddresses.Shorten(name)} is not supported; Prefer: handling=lenient ignores it.", FhirAddresses.Shorten(name)));
            }
        }

        return types.Count == 0
            ? (null, call.Forbids("*", Needs))
            : (new ExportRequest { Url = $"{call.BaseUrl}{(ofPatients ? "/Patient" : "")}/$export{call.Http.Request.QueryString.Value}", Types = types, Since = since, OfPatients = ofPatients }, null);
    }

    private static byte[] Manifest(FhirCall call, ExportJob job)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("transactionTime"u8, (job.Taken!.Value - s_overlap).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("request"u8, job.Request.Url);
        json.WriteBoolean("requiresAccessToken"u8, true);
        WriteFiles(json, "output", job.Parts.Where(part => part.Type.Length > 0));
        WriteFiles(json, "deleted", job.Parts.Where(part => part.Type.Length == 0));
        json.WriteStartArray("error"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();

        void WriteFiles(Utf8JsonWriter json, string name, IEnumerable<ExportPart> parts)
        {
            json.WriteStartArray(name);
            foreach (var part in parts.Where(part => part.Type.Length == 0 || call.Allows(part.Type, Needs)))
            {
                for (long file = 0; file * ExportFiles.Rows < part.Rows; file++)
                {
                    json.WriteStartObject();
                    json.WriteString("type"u8, part.Type.Length > 0 ? part.Type : "Bundle");
                    json.WriteString("url"u8, $"{call.BaseUrl}/$export/{job.Id}/{ExportFiles.NameOf(part.Type, file)}");
                    json.WriteNumber("count"u8, Math.Min(ExportFiles.Rows, part.Rows - (file * ExportFiles.Rows)));
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
        }
    }
}
