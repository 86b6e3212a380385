using System.ComponentModel.DataAnnotations;

namespace MedOrleans.Gateway.Fhir;

/// <summary>How the FHIR endpoints behave: section <c>MedOrleans:Fhir</c>.</summary>
public sealed class FhirOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Fhir";

    /// <summary>
    /// The address that clients reach this gateway under, <c>https://record.example.org</c>: links and Location headers
    /// begin with it, and <c>/fhir/{tenant}</c> follows. Empty: the scheme and host that the request was sent to.
    /// </summary>
    [RegularExpression("https?://[^/?#\\s]+[^?#\\s]*", ErrorMessage = "must be an http or https address without a query.")]
    public string? PublicBaseUrl { get; set; }

    /// <summary>The most bytes of one resource, decompressed. Default 16 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 16 << 20;

    /// <summary>The most bytes of a batch or transaction Bundle, decompressed. Default 64 MiB.</summary>
    [Range(1024, 1 << 30)]
    public int MaxBundleBytes { get; set; } = 64 << 20;

    /// <summary>The most entries of a batch or transaction Bundle. Default 20,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxBundleEntries { get; set; } = 20_000;

    /// <summary>How many entries of one batch run at the same time. Default 8.</summary>
    [Range(1, 256)]
    public int BatchParallelism { get; set; } = 8;

    /// <summary>How many requests are worked on at the same time. Default 512.</summary>
    [Range(1, 100_000)]
    public int MaxConcurrentRequests { get; set; } = 512;

    /// <summary>How many more wait; what comes on top is answered 503 with Retry-After. Default 512.</summary>
    [Range(0, 100_000)]
    public int MaxQueuedRequests { get; set; } = 512;

    /// <summary>How long one request may take. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a gateway tries again where silos or databases fail, before it answers 503. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a batch or transaction Bundle may take. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "06:00:00")]
    public TimeSpan BundleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many census feeds of one hospital are open at one gateway at the most. Default 200.</summary>
    [Range(1, 100_000)]
    public int MaxCensusFeeds { get; set; } = 200;

    /// <summary>The matches of a page where the request does not say. Default 20.</summary>
    [Range(1, 1000)]
    public int DefaultCount { get; set; } = 20;

    /// <summary>The most matches of a page. Default 1,000.</summary>
    [Range(1, 10_000)]
    public int MaxCount { get; set; } = 1000;
}
