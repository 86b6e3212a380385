namespace MedOrleans.Gateway.Security;

/// <summary>Who is believed, and for how long: section <c>MedOrleans:Security</c>.</summary>
public sealed class SecurityOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "MedOrleans:Security";

    /// <summary>The issuer in tokens of this cluster's own.</summary>
    public string Issuer { get; set; } = "medorleans";

    /// <summary>How long a token is good; 1 minute to 1 hour. Removed credentials live on as long.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Failed attempts for one client id from one address after which further ones wait; 3 to 1,000 a minute.</summary>
    public int FailuresPerMinute { get; set; } = 20;

    /// <summary>
    /// The file with the master key, which wraps every hospital's data keys; the same key on every host. Empty: <c>master.key</c> in the data
    /// folder. The cluster's first start makes it.
    /// </summary>
    public string MasterKeyFile { get; set; } = "";

    /// <summary>
    /// The file with the operator's secret, 20 characters or more, the same on every host. Empty: the cluster's first start makes a secret and
    /// writes it to <c>operator.json</c> in its data folder.
    /// </summary>
    public string OperatorSecretFile { get; set; } = "";

    /// <summary>Other issuers whose tokens are taken, for example a hospital's own identity provider.</summary>
    public IList<ExternalIssuerOptions> ExternalIssuers { get; } = [];

    /// <summary>Everything that is wrong with these options, each with its key's full name.</summary>
    public IEnumerable<string> Mistakes()
    {
        if (string.IsNullOrWhiteSpace(Issuer))
        {
            yield return $"{Section}:Issuer: is empty.";
        }

        if (TokenLifetime < TimeSpan.FromMinutes(1) || TokenLifetime > TimeSpan.FromHours(1))
        {
            yield return $"{Section}:TokenLifetime: must be between 00:01:00 and 01:00:00.";
        }

        if (FailuresPerMinute is < 3 or > 1000)
        {
            yield return $"{Section}:FailuresPerMinute: must be between 3 and 1000.";
        }

        for (var i = 0; i < ExternalIssuers.Count; i++)
        {
            foreach (var mistake in ExternalIssuers[i].Mistakes())
            {
                yield return $"{Section}:ExternalIssuers:{i}:{mistake}";
            }

            if (ExternalIssuers.Take(i).Any(other => other.Authority.TrimEnd('/') == ExternalIssuers[i].Authority.TrimEnd('/')))
            {
                yield return $"{Section}:ExternalIssuers:{i}:Authority: is given before already.";
            }
        }
    }
}

/// <summary>An issuer that publishes its keys by OpenID Connect discovery; the settings are named as those of JWT bearer authentication.</summary>
public sealed class ExternalIssuerOptions
{
    /// <summary>The issuer's address; its discovery document is below <c>/.well-known/openid-configuration</c>.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The discovery document's address where it is elsewhere.</summary>
    public string? MetadataAddress { get; set; }

    /// <summary>The audience that a token must be made for.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Whether the discovery document must be fetched by https; only a test's issuer does without.</summary>
    public bool RequireHttpsMetadata { get; set; } = true;

    /// <summary>The claim that holds the tenant's slug.</summary>
    public string TenantClaim { get; set; } = "tenant";

    /// <summary>The claim that holds the scopes.</summary>
    public string ScopeClaim { get; set; } = "scope";

    /// <summary>The only hospitals that this issuer may speak for; none given: every one. An issuer of one hospital's own must name it.</summary>
    public IList<string> Tenants { get; } = [];

    /// <summary>Where the discovery document is.</summary>
    internal string DiscoveryAddress => string.IsNullOrEmpty(MetadataAddress) ? Authority.TrimEnd('/') + "/.well-known/openid-configuration" : MetadataAddress;

    internal IEnumerable<string> Mistakes()
    {
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out _))
        {
            yield return "Authority: is not an address.";
        }
        else if (!Uri.TryCreate(DiscoveryAddress, UriKind.Absolute, out var discovery))
        {
            yield return "MetadataAddress: is not an address.";
        }
        else if (RequireHttpsMetadata && discovery.Scheme != Uri.UriSchemeHttps)
        {
            yield return $"{(string.IsNullOrEmpty(MetadataAddress) ? "Authority" : "MetadataAddress")}: must be https (or RequireHttpsMetadata false).";
        }

        if (Audience.Length == 0)
        {
            yield return "Audience: is missing.";
        }

        foreach (var tenant in Tenants.Where(tenant => !TenantId.TryParse(tenant, out _)))
        {
            yield return $"Tenants: '{tenant}' is not a tenant's slug.";
        }
    }
}
