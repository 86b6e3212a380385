namespace MedOrleans.IntegrationTests.Host;

/// <summary>Behind a proxy: whom the host believes about the address that clients use.</summary>
public sealed class ForwardedHeadersTests
{
    [Theory]
    [InlineData("127.0.0.1", null, "https://record.example.org")]
    [InlineData("127.0.0.0/8", null, "https://record.example.org")]
    [InlineData("10.99.0.1", null, null)]
    [InlineData("10.99.0.0/16", null, null)]
    [InlineData(null, null, null)]
    [InlineData("127.0.0.1", "https://fixed.example.org/cloud/", "https://fixed.example.org/cloud")]
    [InlineData(null, "https://fixed.example.org", "https://fixed.example.org")]
    public async Task Forwarded_FromProxy_CountsWhereItIsTrustedAndNothingIsFixed(string? trusted, string? publicBase, string? expected)
    {
        var settings = new Dictionary<string, string>();
        if (trusted is not null)
        {
            settings["MEDORLEANS__Http__TrustedProxies__0"] = trusted;
        }

        if (publicBase is not null)
        {
            settings["MEDORLEANS__Fhir__PublicBaseUrl"] = publicBase;
        }

        await using var host = await HostProcess.StartAsync(settings: settings);
        using var north = await host.CreateTenantAsync("north");
        north.Client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        north.Client.DefaultRequestHeaders.Add("X-Forwarded-Host", "record.example.org");
        north.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        expected ??= $"http://{host.Http}";

        using var created = await Hospital.CreateAsync(north.Client, "north", "Lindgren");

        Assert.StartsWith($"{expected}/fhir/north/Patient/", created.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var page = await Hospital.GetAsync(north.Client, "/fhir/north/Patient");
        Assert.StartsWith($"{expected}/fhir/north/Patient", page.GetProperty("link")[0].GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.StartsWith($"{expected}/fhir/north/Patient/", page.GetProperty("entry")[0].GetProperty("fullUrl").GetString(), StringComparison.Ordinal);
        var smart = await Hospital.GetAsync(north.Client, "/fhir/north/.well-known/smart-configuration");
        Assert.Equal($"{expected}/oauth2/token", smart.GetProperty("token_endpoint").GetString());
        var trail = await Hospital.GetAsync(north.Client, "/fhir/north/AuditEvent");
        Assert.Contains(trusted?.StartsWith("127.", StringComparison.Ordinal) == true ? "\"203.0.113.7\"" : "\"127.0.0.1\"", trail.ToString(), StringComparison.Ordinal);
    }
}
