using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Security;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Bulk;

/// <summary>
/// Sends the files of an export, written from the record while they are sent. Each page waits for a turn of the background class, so that
/// an export yields to clinical work for as long as it takes.
/// </summary>
internal sealed class ExportFiles(IRecordStores stores, ITenantDirectory directory, UsageCounters usage, PoolRegistry pools, FairQueue turns, TimeProvider time)
{
    /// <summary>The most rows of one file.</summary>
    public const int Rows = 100_000;

    private const int Page = 250;
    private const string Deleted = "deleted";

    /// <summary>A file's name.</summary>
    /// <param name="part">The type; empty for what was deleted.</param>
    /// <param name="file">The file of that part, from 0.</param>
    public static string NameOf(string part, long file) => string.Create(CultureInfo.InvariantCulture, $"{(part.Length == 0 ? Deleted : part)}.{file:000}.ndjson");

    /// <summary>Answers the request for a file.</summary>
    public async Task SendAsync(HttpContext context)
    {
        var principal = Principal.Get(context);
        var cancel = context.RequestAborted;
        if (principal.Tenant is not { } tenant || tenant.Value != (string?)context.Request.RouteValues["tenant"]
            || await directory.FindAsync(tenant, cancel) is not { } found || !found.IsReadable(time.GetUtcNow())
            || !Guid.TryParse((string?)context.Request.RouteValues["job"], out var id)
            || !TryReadName((string?)context.Request.RouteValues["file"], out var type, out var file)
            || (type.Length > 0 && !principal.Scopes.Allows(type, ExportInteractions.Needs)))
        {
            await AbsentAsync(context);
            return;
        }

        var store = stores.Named(found.Database);
        var part = (await store.ExportsAsync(tenant, cancel)).FirstOrDefault(job => job.Id == id && job.Expires > time.GetUtcNow())?.Parts.FirstOrDefault(part => part.Type == type);
        if (part is null || file * Rows >= part.Rows)
        {
            await AbsentAsync(context);
            return;
        }

        // An export yields to clinical work, and is held against no rate.
        var share = pools.For(tenant, found.Plan);
        share.Count();
        var counters = usage.For(tenant);
        var last = Math.Min((file + 1) * Rows, part.Rows);
        Stream? output = null;
        for (var after = file * Rows; after < last;)
        {
            var turn = await turns.EnterAsync(tenant, share.Plan.Weight, WorkClass.Background, cancel);
            if (turn != Turn.Taken)
            {
                if (output is not null)
                {
                    continue;
                }

                context.Response.Headers.RetryAfter = "2";
                await OperationOutcomes.WriteAsync(context, 503, new Issue("throttled", "The gateway has as much clinical work as it takes on; ask again."));
                return;
            }

            IReadOnlyList<StoredVersion> rows;
            try
            {
                rows = await store.ExportRowsAsync(tenant, id, type, after, (int)Math.Min(Page, last - after), cancel);
            }
            finally
            {
                turns.Leave(WorkClass.Background);
            }

            if (rows.Count == 0)
            {
                // The export was deleted meanwhile: a file that ends early must not look whole.
                context.Abort();
                return;
            }

            after += rows.Count;
            var bytes = await WriteAsync(output ??= Begin(context), rows, cancel);
            counters.Add(Counted.ExportRow, rows.Count);
            counters.Add(Counted.BytesOut, bytes);
        }

        if (output is GZipStream gzip)
        {
            await gzip.DisposeAsync();
        }
    }

    /// <summary>Where the file goes: the body, or what compresses into it.</summary>
    private static Stream Begin(HttpContext context)
    {
        context.Response.ContentType = "application/fhir+ndjson";
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            return context.Response.Body;
        }

        context.Response.Headers.ContentEncoding = "gzip";
        context.Response.Headers.Vary = "Accept-Encoding";
        return new GZipStream(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
    }

    private static async ValueTask<long> WriteAsync(Stream output, IReadOnlyList<StoredVersion> rows, CancellationToken cancel)
    {
        var lines = new ArrayBufferWriter<byte>(rows.Sum(row => row.Body.Length + 128));
        foreach (var row in rows)
        {
            WriteLine(lines, row);
        }

        await output.WriteAsync(lines.WrittenMemory, cancel);
        return lines.WrittenCount;
    }

    private static void WriteLine(ArrayBufferWriter<byte> lines, StoredVersion row)
    {
        if (row.Deleted)
        {
            lines.Write(Encoding.UTF8.GetBytes($$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"{{{row.Type}}}/{{{row.Id}}}"}}]}"""));
        }
        else
        {
            var line = lines.GetSpan(row.Body.Length)[..row.Body.Length];
            row.Body.CopyTo(line);

            // Outside of its strings, where JSON has none, a line end is white space.
            line.Replace((byte)'\n', (byte)' ');
            line.Replace((byte)'\r', (byte)' ');
            lines.Advance(row.Body.Length);
        }

        lines.Write("\n"u8);
    }

    private static bool TryReadName(string? name, out string part, out long file)
    {
        (part, file) = ("", 0);
        if (name?.Split('.') is not [var type, var number, "ndjson"] || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out file) || file > int.MaxValue)
        {
            return false;
        }

        part = type == Deleted ? "" : type;
        return type.Length > 0;
    }

    private static Task AbsentAsync(HttpContext context) => OperationOutcomes.WriteAsync(context, 404, new Issue("not-found", "There is no such file of an export, or it has expired."));
}
