using System.Buffers;
using MedOrleans.Gateway.Fhir.Feeds;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// What came of an interaction, before it becomes an HTTP response or an entry of a response Bundle.
/// </summary>
/// <param name="Status">The HTTP status.</param>
internal sealed record FhirResult(int Status)
{
    /// <summary>The version that the answer is about: ETag, Last-Modified and, unless the client prefers otherwise, the body.</summary>
    public StoredVersion? Stored { get; init; }

    /// <summary>Whether this answers a write, so that <c>Prefer: return</c> decides on its body.</summary>
    public bool IsWrite { get; init; }

    /// <summary>A body that is put together for this answer: a Bundle, a capability statement.</summary>
    public FhirContent? Content { get; init; }

    /// <summary>An answer that goes on once the request's turn is over: it writes the response itself, and tells the meter what it sends.</summary>
    public Func<FeedMeter, Task>? Feed { get; init; }

    /// <summary>What is wrong, or worth knowing.</summary>
    public IReadOnlyList<Issue> Issues { get; init; } = [];

    /// <summary>After how many seconds a retry makes sense.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>The methods that the address does answer, for a 405.</summary>
    public string? Allow { get; init; }

    /// <summary>A resource that was read.</summary>
    public static FhirResult Read(StoredVersion stored) => new(200) { Stored = stored };

    /// <summary>A refusal.</summary>
    public static FhirResult Refused(int status, params IReadOnlyList<Issue> issues) => new(status) { Issues = issues };

    /// <summary>A refusal with one issue.</summary>
    public static FhirResult Refused(int status, string code, string details, string? expression = null) =>
        new(status) { Issues = [new Issue(code, details, expression)] };
}

/// <summary>A body that writes itself as UTF-8 JSON.</summary>
internal abstract class FhirContent
{
    /// <summary>About how many bytes it will be: decides whether compressing is worth it.</summary>
    public abstract long EstimatedLength { get; }

    /// <summary>Writes the whole body.</summary>
    public abstract void Write(IBufferWriter<byte> output);
}

/// <summary>A body of bytes at hand.</summary>
/// <param name="json">The bytes.</param>
internal sealed class BytesContent(ReadOnlyMemory<byte> json) : FhirContent
{
    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Json => json;

    /// <inheritdoc/>
    public override long EstimatedLength => json.Length;

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output) => output.Write(json.Span);
}
