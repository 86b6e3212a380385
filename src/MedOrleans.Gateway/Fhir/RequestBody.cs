using System.Buffers;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Takes in request bodies: whole, decompressed, and never more than the limit.</summary>
internal static class RequestBody
{
    private const int FirstGuess = 16 * 1024;

    /// <summary>Whether a request has no body: it says so, or its form cannot have one.</summary>
    public static bool IsAbsent(HttpRequest request) =>
        request.ContentLength == 0 || (request.ContentLength is null && !(request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? request.ContentType is not null));

    /// <summary>Reads a JSON body.</summary>
    /// <returns>The bytes, or why they are refused.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, FhirResult? Refusal)> ReadJsonAsync(FhirCall call, int limit)
    {
        if (!MediaTypes.IsReadable(call.Http.Request.ContentType))
        {
            return (default, FhirResult.Refused(415, "not-supported", "The body has to be application/fhir+json in UTF-8."));
        }

        var (bytes, refusal) = await ReadAsync(call, limit);
        return refusal is null && bytes.IsEmpty
            ? (default, FhirResult.Refused(400, "structure", "The request has no body; it has to hold a resource."))
            : (bytes, refusal);
    }

    /// <summary>Reads a form body as the query string that it is; none is an empty one.</summary>
    public static async ValueTask<(string Form, FhirResult? Refusal)> ReadFormAsync(FhirCall call, int limit)
    {
        var type = call.Http.Request.ContentType;
        if (type is not null && !MediaTypes.IsForm(type))
        {
            return ("", FhirResult.Refused(415, "not-supported", "The body has to be application/x-www-form-urlencoded."));
        }

        var (bytes, refusal) = await ReadAsync(call, limit);
        return (Encoding.UTF8.GetString(bytes.Span), refusal);
    }

    /// <summary>Reads a body of any kind.</summary>
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, FhirResult? Refusal)> ReadAsync(FhirCall call, int limit)
    {
        var request = call.Http.Request;
        if (request.ContentLength > limit)
        {
            return (default, TooLarge(limit));
        }

        if (call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = limit;
        }

        ReadOnlyMemory<byte>? bytes;
        switch (request.Headers.ContentEncoding.ToString())
        {
            case "" or "identity":
                bytes = request.ContentLength is { } length
                    ? await ReadExactlyAsync(request, (int)length, call.Cancel)
                    : await ReadToEndAsync(request.Body, limit, call.Cancel);
                break;
            case "gzip":
                var gzip = new GZipStream(request.Body, CompressionMode.Decompress, leaveOpen: true);
                await using (gzip)
                {
                    try
                    {
                        bytes = await ReadToEndAsync(gzip, limit, call.Cancel);
                    }
                    catch (InvalidDataException)
                    {
                        return (default, FhirResult.Refused(400, "structure", "The body is not valid gzip."));
                    }
                }

                break;
            default:
                return (default, FhirResult.Refused(415, "not-supported", "The only Content-Encoding that is read is gzip."));
        }

        call.BytesRead = bytes?.Length ?? 0;
        return bytes is { } whole ? (whole, null) : (default, TooLarge(limit));
    }

    private static async ValueTask<ReadOnlyMemory<byte>> ReadExactlyAsync(HttpRequest request, int length, CancellationToken cancel)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        var filled = 0;
        while (filled < length)
        {
            var read = await request.BodyReader.ReadAsync(cancel);
            read.Buffer.CopyTo(bytes.AsSpan(filled));
            filled += (int)read.Buffer.Length;
            request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted && filled < length)
            {
                throw new BadHttpRequestException("The body ended early.");
            }
        }

        return bytes;
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadToEndAsync(Stream stream, int limit, CancellationToken cancel)
    {
        var buffer = new ArrayBufferWriter<byte>(FirstGuess);
        while (true)
        {
            var read = await stream.ReadAsync(buffer.GetMemory(FirstGuess), cancel);
            if (read == 0)
            {
                return buffer.WrittenMemory;
            }

            buffer.Advance(read);
            if (buffer.WrittenCount > limit)
            {
                return null;
            }
        }
    }

    private static FhirResult TooLarge(int limit) =>
        FhirResult.Refused(413, "too-long", $"The body is larger than the {limit} bytes that are taken.");
}
