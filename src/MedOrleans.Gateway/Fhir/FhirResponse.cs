using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using MedOrleans.Records;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Turns a result into the HTTP response.</summary>
internal static class FhirResponse
{
    private const int LeastWorthCompressing = 2048;

    private static readonly string[] s_etags = [.. Enumerable.Range(0, 64).Select(version => $"W/\"{version}\"")];

    /// <summary>The weak ETag of a version.</summary>
    public static string ETag(long version) => version is >= 0 and < 64
        ? s_etags[version]
        : string.Create(CultureInfo.InvariantCulture, $"W/\"{version}\"");

    /// <summary>The address of a version.</summary>
    public static string Location(string baseUrl, StoredVersion stored) =>
        string.Create(CultureInfo.InvariantCulture, $"{baseUrl}/{stored.Type}/{stored.Id}/_history/{stored.Version}");

    /// <summary>Writes the response.</summary>
    /// <returns>The bytes of its body, before compression.</returns>
    public static ValueTask<long> WriteAsync(FhirCall call, FhirResult result)
    {
        var response = call.Http.Response;
        response.StatusCode = result.Status;
        if (result.Stored is { } stored)
        {
            response.Headers.ETag = ETag(stored.Version);
            response.Headers.LastModified = stored.LastUpdated.ToString("R", CultureInfo.InvariantCulture);
            if (result.IsWrite && !stored.Deleted && result.Status is 200 or 201)
            {
                response.Headers.Location = Location(call.BaseUrl, stored);
            }
        }

        if (result.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (result.Allow is not null)
        {
            response.Headers.Allow = result.Allow;
        }

        return Body(call, result) switch
        {
            BytesContent bytes => WriteBytesAsync(call.Http, bytes.Json),
            { } content => WriteContentAsync(call.Http, content),
            null => new(0L),
        };
    }

    private static FhirContent? Body(FhirCall call, FhirResult result)
    {
        if (result.Status is 204 or 304)
        {
            return null;
        }

        if (result.Content is not null)
        {
            return result.Content;
        }

        if (result.Status >= 400)
        {
            return new BytesContent(OperationOutcomes.ToJson(result.Issues));
        }

        return (result.IsWrite ? call.Preferences.Return : ReturnPreference.Representation) switch
        {
            ReturnPreference.Minimal => null,
            ReturnPreference.OperationOutcome => new BytesContent(OperationOutcomes.ToJson(Done(result))),
            _ => result.Stored is { Deleted: false } stored ? new BytesContent(stored.Body) : null,
        };
    }

    /// <summary>What an OperationOutcome says of a write that went well.</summary>
    public static IReadOnlyList<Issue> Done(FhirResult result) => result.Issues.Count > 0
        ? result.Issues
        : [new Issue("informational", result.Status == 201 ? "Created." : "Done.", Severity: "information")];

    private static ValueTask<long> WriteBytesAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        if (IsPretty(context.Request) || (json.Length >= LeastWorthCompressing && TakesGzip(context.Request)))
        {
            return WriteContentAsync(context, new BytesContent(json));
        }

        var response = context.Response;
        response.ContentType ??= MediaTypes.FhirJson;
        response.ContentLength = json.Length;
        var write = response.BodyWriter.WriteAsync(json);
        if (write.IsCompletedSuccessfully)
        {
            _ = write.Result;
            return new(json.Length);
        }

        return AwaitAsync(write, json.Length);

        static async ValueTask<long> AwaitAsync(ValueTask<FlushResult> write, int length)
        {
            await write;
            return length;
        }
    }

    /// <summary>Writes a body that puts itself together.</summary>
    /// <returns>Its bytes, before compression.</returns>
    public static async ValueTask<long> WriteContentAsync(HttpContext context, FhirContent content)
    {
        var response = context.Response;
        response.ContentType ??= MediaTypes.FhirJson;
        if (IsPretty(context.Request))
        {
            content = new PrettyContent(content);
        }

        if (content.EstimatedLength < LeastWorthCompressing || !TakesGzip(context.Request))
        {
            await response.StartAsync();
            var plain = new CountingWriter(response.BodyWriter);
            content.Write(plain);
            await response.BodyWriter.FlushAsync();
            return plain.Written;
        }

        response.Headers.ContentEncoding = "gzip";
        response.Headers.Vary = "Accept-Encoding";
        var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await using (gzip)
        {
            var pipe = PipeWriter.Create(gzip, new StreamPipeWriterOptions(leaveOpen: true));
            var counting = new CountingWriter(pipe);
            content.Write(counting);
            await pipe.CompleteAsync();
            return counting.Written;
        }
    }

    private static bool IsPretty(HttpRequest request) =>
        request.QueryString.HasValue && request.Query.TryGetValue("_pretty", out var pretty) && pretty == "true";

    private static bool TakesGzip(HttpRequest request)
    {
        foreach (var value in request.Headers.AcceptEncoding)
        {
            if (value is not null && value.Contains("gzip", StringComparison.OrdinalIgnoreCase)
                && !value.Contains("gzip;q=0,", StringComparison.Ordinal) && !value.EndsWith("gzip;q=0", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Counts what goes through.</summary>
    private sealed class CountingWriter(IBufferWriter<byte> writer) : IBufferWriter<byte>
    {
        public long Written { get; private set; }

        public void Advance(int count)
        {
            Written += count;
            writer.Advance(count);
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => writer.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => writer.GetSpan(sizeHint);
    }

    private sealed class PrettyContent(FhirContent content) : FhirContent
    {
        public override long EstimatedLength => content.EstimatedLength;

        public override void Write(IBufferWriter<byte> output)
        {
            var plain = new ArrayBufferWriter<byte>();
            content.Write(plain);
            using var document = JsonDocument.Parse(plain.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
            using var json = new Utf8JsonWriter(output, new JsonWriterOptions
            {
                Indented = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                MaxDepth = 1000,
            });
            document.WriteTo(json);
        }
    }
}
