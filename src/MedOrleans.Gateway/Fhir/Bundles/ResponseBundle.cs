using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>The answer to a batch or a transaction: one entry a request, in the request's order.</summary>
internal sealed class ResponseBundle(
    string type, string baseUrl, ReturnPreference preference, IReadOnlyList<BundleEntry> requests, IReadOnlyList<FhirResult> results)
    : BundleContent(type)
{
    /// <inheritdoc/>
    public override long EstimatedLength => results.Sum(result => EntryOverhead + (result.Content?.EstimatedLength ?? result.Stored?.Body.Length ?? 0));

    /// <inheritdoc/>
    protected override bool HasEntries => results.Count > 0;

    /// <inheritdoc/>
    protected override void WriteEntries(Utf8JsonWriter json)
    {
        for (var i = 0; i < results.Count; i++)
        {
            json.WriteStartObject();
            WriteBody(json, requests[i], results[i]);
            WriteResponse(json, results[i]);
            json.WriteEndObject();
        }
    }

    private void WriteBody(Utf8JsonWriter json, BundleEntry request, FhirResult result)
    {
        if (result.Stored is { Deleted: false } stored && result.Status is 200 or 201)
        {
            json.WriteString("fullUrl"u8, $"{baseUrl}/{stored.Type}/{stored.Id}");
            if (request.Method != "HEAD" && (!result.IsWrite || preference == ReturnPreference.Representation))
            {
                WriteResource(json, stored);
            }
        }
        else if (result.Content is { } content)
        {
            var nested = new ArrayBufferWriter<byte>();
            content.Write(nested);
            json.WritePropertyName("resource"u8);
            json.WriteRawValue(nested.WrittenSpan, skipInputValidation: true);
        }
    }

    private void WriteResponse(Utf8JsonWriter json, FhirResult result)
    {
        json.WriteStartObject("response"u8);
        json.WriteString("status"u8, string.Create(CultureInfo.InvariantCulture, $"{result.Status} {ReasonPhrases.GetReasonPhrase(result.Status)}"));
        if (result.Stored is { } stored)
        {
            if (result.IsWrite && !stored.Deleted)
            {
                json.WriteString("location"u8, FhirResponse.Location(baseUrl, stored));
            }

            json.WriteString("etag"u8, FhirResponse.ETag(stored.Version));
            json.WriteString("lastModified"u8, Instant(stored.LastUpdated));
        }

        if (result.Status >= 400 || (result.IsWrite && preference == ReturnPreference.OperationOutcome))
        {
            json.WritePropertyName("outcome"u8);
            OperationOutcomes.Write(json, result.Status >= 400 ? result.Issues : FhirResponse.Done(result));
        }

        json.WriteEndObject();
    }
}
