using System.Buffers;
using System.Text.Json;
using MedOrleans.Records;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Fhir;

/// <summary>The one place where a failure becomes an OperationOutcome (R4).</summary>
internal static class OperationOutcomes
{
    /// <summary>Answers with <paramref name="status"/> and the issues.</summary>
    public static async Task WriteAsync(HttpContext context, int status, params IReadOnlyList<Issue> issues)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/fhir+json; charset=utf-8";
        await context.Response.Body.WriteAsync(ToJson(issues), context.RequestAborted);
    }

    /// <summary>The OperationOutcome of <paramref name="issues"/> as UTF-8 JSON.</summary>
    public static byte[] ToJson(IReadOnlyList<Issue> issues)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("resourceType"u8, "OperationOutcome"u8);
        json.WriteStartArray("issue"u8);
        foreach (var issue in issues)
        {
            json.WriteStartObject();
            json.WriteString("severity"u8, issue.Severity);
            json.WriteString("code"u8, issue.Code);
            json.WriteString("diagnostics"u8, issue.Details);
            if (issue.Expression is { } expression)
            {
                json.WriteStartArray("expression"u8);
                json.WriteStringValue(expression);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
