using System.Globalization;
using MedOrleans.Records;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>One request of a batch or transaction Bundle (R4, bundle.html).</summary>
internal sealed record BundleEntry
{
    /// <summary>Its place in the Bundle, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The address that other entries refer to it by.</summary>
    public string? FullUrl { get; init; }

    /// <summary>The bytes of the resource; empty where there is none.</summary>
    public ReadOnlyMemory<byte> Resource { get; init; }

    /// <summary>The HTTP method.</summary>
    public string Method { get; init; } = "";

    /// <summary>The address, as it was written.</summary>
    public string Url { get; init; } = "";

    /// <summary><c>If-Match</c></summary>
    public string? IfMatch { get; init; }

    /// <summary><c>If-None-Match</c></summary>
    public string? IfNoneMatch { get; init; }

    /// <summary><c>If-Modified-Since</c></summary>
    public string? IfModifiedSince { get; init; }

    /// <summary><c>If-None-Exist</c></summary>
    public string? IfNoneExist { get; init; }

    /// <summary>The entry as a FHIRPath.</summary>
    public string Expression => string.Create(CultureInfo.InvariantCulture, $"Bundle.entry[{Index}]");

    /// <summary>A refusal that names this entry: an element of the resource becomes one of the Bundle.</summary>
    public FhirResult Refuse(FhirResult refusal) => refusal with { Issues = [.. refusal.Issues.Select(Name)] };

    /// <summary>An issue that names this entry.</summary>
    public Issue Name(Issue issue)
    {
        if (issue.Expression is not { Length: > 0 } expression)
        {
            return issue with { Expression = Expression };
        }

        if (expression.StartsWith("Bundle.entry[", StringComparison.Ordinal))
        {
            return issue;
        }

        var dot = expression.IndexOf('.', StringComparison.Ordinal);
        var isElement = char.IsAsciiLetterUpper(expression[0]);
        return issue with
        {
            Expression = (isElement, dot) switch
            {
                (false, _) => $"{Expression}.request.url",
                (true, < 0) => $"{Expression}.resource",
                _ => $"{Expression}.resource{expression[dot..]}",
            },
        };
    }
}
