using System.Buffers;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Fhir.Bundles;
using MedOrleans.Records;

namespace MedOrleans.Tests.Gateway.Fhir;

public class BundleContentTests
{
    private const string Base = "http://host/fhir/north";

    private static readonly StoredVersion s_patient = new()
    {
        Type = "Patient",
        Id = "p1",
        Version = 3,
        LastUpdated = new DateTimeOffset(2026, 1, 31, 8, 0, 0, 250, TimeSpan.Zero),
        Body = """{"resourceType":"Patient","id":"p1","multipleBirthInteger":1.0}"""u8.ToArray(),
    };

    [Fact]
    public void SearchSet_MatchesAndIncluded_KeepTheStoredBytes()
    {
        var text = Write(new SearchSet(Base, [s_patient], [s_patient with { Type = "Organization", Id = "o1" }], [new Issue("not-supported", "Ignored.", "x", "warning")])
        {
            Total = 12,
            Links = [new("self", Base + "/Patient?name=a&_count=1")],
        });

        Assert.Contains(Encoding.UTF8.GetString(s_patient.Body), text, StringComparison.Ordinal);
        var bundle = JsonDocument.Parse(text).RootElement;
        Assert.Equal("searchset", bundle.GetProperty("type").GetString());
        Assert.Equal(12, bundle.GetProperty("total").GetInt64());
        Assert.Equal(Base + "/Patient?name=a&_count=1", bundle.GetProperty("link")[0].GetProperty("url").GetString());
        var entries = bundle.GetProperty("entry");
        string[] modes = [.. entries.EnumerateArray().Select(entry => entry.GetProperty("search").GetProperty("mode").GetString()!)];
        Assert.Equal(["match", "include", "outcome"], modes);
        Assert.Equal(Base + "/Organization/o1", entries[1].GetProperty("fullUrl").GetString());
        Assert.Equal("OperationOutcome", entries[2].GetProperty("resource").GetProperty("resourceType").GetString());
    }

    [Fact]
    public void SearchSet_Nothing_HasNoEmptyArray()
    {
        var bundle = JsonDocument.Parse(Write(new SearchSet(Base, [], [], []) { Total = 0 })).RootElement;

        Assert.False(bundle.TryGetProperty("entry", out _));
        Assert.False(bundle.TryGetProperty("link", out _));
    }

    [Theory]
    [InlineData("return=minimal", false, false)]
    [InlineData("", false, false)]
    [InlineData("return=representation", true, false)]
    [InlineData("return=OperationOutcome", false, true)]
    public void ResponseBundle_Write_HoldsWhatWasPreferred(string prefer, bool resource, bool outcome)
    {
        var content = new ResponseBundle(
            "transaction-response", Base, Preferences.Parse(prefer).Return, [new BundleEntry { Index = 0, Method = "POST" }],
            [new FhirResult(201) { Stored = s_patient, IsWrite = true }]);

        var entry = JsonDocument.Parse(Write(content)).RootElement.GetProperty("entry")[0];

        var response = entry.GetProperty("response");
        Assert.Equal("201 Created", response.GetProperty("status").GetString());
        Assert.Equal(Base + "/Patient/p1/_history/3", response.GetProperty("location").GetString());
        Assert.Equal("W/\"3\"", response.GetProperty("etag").GetString());
        Assert.Equal("2026-01-31T08:00:00.250Z", response.GetProperty("lastModified").GetString());
        Assert.Equal(resource, entry.TryGetProperty("resource", out _));
        Assert.Equal(outcome, response.TryGetProperty("outcome", out _));
    }

    private static string Write(FhirContent content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        content.Write(buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
