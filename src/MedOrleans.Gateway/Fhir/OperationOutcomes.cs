using System.Buffers;
using System.Text.Json;
using MedOrleans.Plans;
using MedOrleans.Records;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Fhir;

/// <summary>The one place where a failure becomes an OperationOutcome (R4).</summary>
internal static class OperationOutcomes
{
    private const int RetryAfterSeconds = 2;

    /// <summary>Answers with <paramref name="status"/> and the issues.</summary>
    public static async Task WriteAsync(HttpContext context, int status, params IReadOnlyList<Issue> issues)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = MediaTypes.FhirJson;
        await context.Response.Body.WriteAsync(ToJson(issues), context.RequestAborted);
    }

    /// <summary>The OperationOutcome of <paramref name="issues"/> as UTF-8 JSON.</summary>
    public static byte[] ToJson(IReadOnlyList<Issue> issues)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        Write(json, issues);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the OperationOutcome of <paramref name="issues"/> where a value is due.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<Issue> issues)
    {
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
    }

    /// <summary>The answer to a write that the cluster has decided on.</summary>
    public static FhirResult Of(WriteReply reply, bool hadCondition) => reply.Status switch
    {
        WriteStatus.Created => new FhirResult(201) { Stored = reply.Stored, IsWrite = true },
        WriteStatus.Updated => new FhirResult(200) { Stored = reply.Stored, IsWrite = true },
        WriteStatus.Deleted => new FhirResult(204) { Stored = reply.Stored, IsWrite = true },
        WriteStatus.Unchanged => new FhirResult(reply.Stored is { Deleted: false } ? 200 : 204) { Stored = reply.Stored, IsWrite = true },
        WriteStatus.VersionConflict => Refusal(
            hadCondition ? 412 : 409, reply, "conflict", "The resource has been changed since; read it and try again."),
        WriteStatus.NotFound => Refusal(404, reply, "not-found", "There is no such resource."),
        WriteStatus.MultipleMatches => Refusal(412, reply, "multiple-matches", "The criteria match more than one resource."),
        WriteStatus.Invalid => OfInvalid(reply.Issues),
        WriteStatus.RuleViolated => Refusal(422, reply, "business-rule", "A rule forbids this step."),
        WriteStatus.TenantUnavailable => Refusal(403, reply, "forbidden", "The hospital takes no writes: it is suspended or closed."),
        WriteStatus.Forbidden => Refusal(403, reply, "forbidden", "The token's scopes do not grant all that the step changes."),
        WriteStatus.StorageExhausted => Refusal(507, reply, "too-costly", "The hospital has stored as much as its plan gives."),
        _ => throw new ArgumentOutOfRangeException(nameof(reply), reply.Status, "A status that no answer is known for."),
    };

    /// <summary>The answer to a deletion: that there was nothing to delete is no failure.</summary>
    public static FhirResult OfDeletion(WriteReply reply, bool hadCondition) => reply.Status is WriteStatus.NotFound or WriteStatus.Unchanged
        ? new FhirResult(204) { Stored = reply.Stored, IsWrite = true }
        : Of(reply, hadCondition);

    /// <summary>
    /// The refusal of content: 400 where it is no FHIR JSON, or not the resource that the address names; 422 where FHIR's
    /// rules are broken (R4, http.html#create, #update).
    /// </summary>
    public static FhirResult OfInvalid(IReadOnlyList<Issue> issues) => new(issues.Any(IsMalformed) ? 400 : 422) { Issues = issues };

    /// <summary>The answer to a fault. It tells nothing of the inside but the request's id, by which the log is found.</summary>
    public static FhirResult Of(Exception exception, string requestId) => exception switch
    {
        BadHttpRequestException { StatusCode: 413 } => FhirResult.Refused(413, "too-long", "The body is larger than what is taken."),
        BadHttpRequestException { StatusCode: 408 } => FhirResult.Refused(408, "timeout", "The body came too slowly."),
        BadHttpRequestException bad => FhirResult.Refused(bad.StatusCode, "structure", "The request is not valid HTTP."),
        PoolExhaustedException pool => FhirResult.Refused(429, "throttled", pool.Message) with { RetryAfter = Math.Max(1, (int)Math.Ceiling(pool.RetryAfter.TotalSeconds)) },
        OperationCanceledException => Unavailable("timeout", "The request took longer than it may; try again."),
        RecordUnavailableException { Pool: not null } unavailable => Unavailable("transient", unavailable.Message),
        _ when ClusterRetry.IsTransient(exception) => Unavailable("transient", "The record cannot be reached; try again."),
        _ => FhirResult.Refused(500, "exception", $"Something failed inside; the log has it under request {requestId}."),
    };

    // The resource itself, or its id: it is not what the address says.
    private static bool IsMalformed(Issue issue) => issue.Severity is "error" or "fatal"
        && (issue.Code == "structure" || (issue.Expression?.Split('.') is [_] or [_, "id"] && issue.Code is "value" or "required"));

    private static FhirResult Unavailable(string code, string details) =>
        FhirResult.Refused(503, code, details) with { RetryAfter = RetryAfterSeconds };

    private static FhirResult Refusal(int status, WriteReply reply, string code, string details) =>
        FhirResult.Refused(status, reply.Issues.Count > 0 ? reply.Issues : [new Issue(code, details)]);
}
