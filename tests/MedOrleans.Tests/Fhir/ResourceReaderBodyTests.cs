using System.Text;
using System.Text.Json.Nodes;
using MedOrleans.Cluster;
using MedOrleans.Record;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using Microsoft.Extensions.DependencyInjection;

namespace MedOrleans.Tests.Fhir;

public class ResourceReaderBodyTests
{
    [Theory]
    [InlineData("""{"resourceType":"Patient"}""", """{"resourceType":"Patient","id":"a1","meta":{}}""")]
    [InlineData(
        """{ "active" : true ,"id":"mine", "resourceType":"Patient" }""",
        """{"resourceType":"Patient","id":"a1","meta":{},"active":true}""")]
    [InlineData(
        """{"resourceType":"Patient","meta":{"versionId":"7","profile":["http://a"],"lastUpdated":"2000-01-01T00:00:00Z"},"gender":"other"}""",
        """{"resourceType":"Patient","id":"a1","meta":{"profile":["http://a"]},"gender":"other"}""")]
    [InlineData(
        """{"resourceType":"Patient","gender":"other","meta":{"versionId":"7"}}""",
        """{"resourceType":"Patient","id":"a1","meta":{},"gender":"other"}""")]
    public void Read_Valid_PutsTypeIdAndMetaInFront(string json, string body) => Assert.Equal(body, Reading.Body(json));

    [Fact]
    public void Read_Valid_KeepsTextOrderAndEscapesOfTheRest()
    {
        const string Rest = """
            "valueQuantity":{"value":1.50,"unit":"m\u00e9\/\n\"ü\""},"component":[{"valueQuantity":{"value":-1e-3},"code":{"text":"\ud83d\ude00 😀"}},{"valueSampledData":{"origin":{"value":0.0},"period":100,"dimensions":1,"data":"1 2"},"code":{"text":" "}}],"status":"final","code":{"text":"x"}
            """;

        Assert.Equal(
            """{"resourceType":"Observation","id":"a1","meta":{},""" + Rest + "}",
            Reading.Body("""{"resourceType":"Observation",""" + Rest + "}"));
    }

    [Fact]
    public void Read_WhiteSpace_GoesOutsideStringsAlone()
    {
        const string Compact = """{"resourceType":"Patient","id":"a1","meta":{"tag":[{"code":"a b"}]},"name":[{"given":["A  B","C"],"text":" x "}]}""";

        Assert.Equal(Compact, Reading.Body(JsonNode.Parse(Compact)!.ToString()));
    }

    [Fact]
    public void Read_ByteOrderMark_IsTolerated() => Assert.NotNull(
        Reading.Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("""{"resourceType":"Patient"}""")]).Resource);

    [Theory]
    [InlineData("""{"resourceType":"Patient"}""", """{"resourceType":"Patient","id":"a1","meta":{"versionId":"2","lastUpdated":"2026-01-31T08:00:00.250Z"}}""")]
    [InlineData(
        """{"resourceType":"Patient","meta":{"source":"http://a"}}""",
        """{"resourceType":"Patient","id":"a1","meta":{"versionId":"2","lastUpdated":"2026-01-31T08:00:00.250Z","source":"http://a"}}""")]
    public void Stamp_Body_CarriesVersionAndTime(string json, string stamped) => Assert.Equal(
        stamped, Encoding.UTF8.GetString(Reading.Valid(json).Stamp(2, new DateTimeOffset(2026, 1, 31, 9, 0, 0, 250, TimeSpan.FromHours(1)))));

    [Theory]
    [InlineData("urn:uuid:0a", "Patient/p1")]
    [InlineData("Patient?identifier=a|b", "Patient/p2")]
    [InlineData("https://hospital.example/fhir/north/Patient/9", "Patient/9")]
    [InlineData("https://hospital.example/fhir/north/Patient/9/_history/2", "Patient/9/_history/2")]
    [InlineData("https://hospital.example/fhir/south/Patient/9", "https://hospital.example/fhir/south/Patient/9")]
    [InlineData("https://hospital.example/fhir/north/what/ever/9", "https://hospital.example/fhir/north/what/ever/9")]
    [InlineData("urn:uuid:0b", "urn:uuid:0b")]
    public void Read_Reference_IsWrittenAsResolved(string reference, string written)
    {
        var body = Reading.Body($$"""{"resourceType":"Observation","status":"final","subject":{"reference":"{{reference}}"},"code":{"text":"x"} }""", Resolving);

        Assert.Contains($"\"reference\":\"{written}\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EscapedReference_IsResolved() => Assert.Contains(
        "\"reference\":\"Patient/p1\"",
        Reading.Body("""{"resourceType":"Account","status":"active","subject":[{"reference":"urn:uuid\u003a0a"}]}""", Resolving),
        StringComparison.Ordinal);

    [Fact]
    public void Read_ReferenceResolvedToAWrongType_IsRefused()
    {
        var issue = Reading.Fault(
            """{"resourceType":"Encounter","status":"planned","class":{"code":"AMB"},"episodeOfCare":[{"reference":"urn:uuid:0a"}]}""", Resolving);

        Assert.Equal("Encounter.episodeOfCare[0].reference", issue.Expression);
    }

    [Fact]
    public void Read_UrnInAUri_IsWrittenAsResolved_ButNotInAString()
    {
        var body = Reading.Body(
            """{"resourceType":"DocumentManifest","status":"current","source":"urn:uuid:0a","description":"urn:uuid:0a","content":[{"reference":"Patient/1"}]}""",
            Resolving);

        Assert.Contains("\"source\":\"Patient/p1\",\"description\":\"urn:uuid:0a\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BundleToStore_KeepsTheReferencesOfItsEntries()
    {
        const string Entry = """{"fullUrl":"urn:uuid:0c","resource":{"resourceType":"Account","status":"active","subject":[{"reference":"urn:uuid:0a"}]}}""";

        Assert.Contains(Entry, Reading.Body($$"""{"resourceType":"Bundle","type":"collection","entry":[{{Entry}}]}""", Resolving), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Update_KeepsTheId() => Assert.StartsWith(
        """{"resourceType":"Patient","id":"a1","meta":{}""", Reading.Body("""{"resourceType":"Patient","id":"a1"}""", Reading.Update), StringComparison.Ordinal);

    [Fact]
    public void Read_VariedResources_AreAccepted() => Assert.All(TestResources.All, sample => Reading.Valid(sample));

    [Fact]
    public void Read_Valid_IndexesWhatItStores()
    {
        var subject = SearchParameterCatalog.R4.Find("Observation", "subject")!.Number;

        var resource = Reading.Valid(
            """{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:0a"}}""", Resolving);

        Assert.Contains(new TextIndexEntry(subject, "Patient/p1"), resource.Text);
    }

    [Fact]
    public void AddRecordEngine_Reader_IsOneForAll()
    {
        using var services = new ServiceCollection().AddRecordEngine().BuildServiceProvider();

        var reader = services.GetRequiredService<ResourceReader>();
        reader.Warm();

        Assert.Same(reader, services.GetRequiredService<ResourceReader>());
    }

    private static ReadOptions Resolving { get; } = Reading.Create with
    {
        References = new Dictionary<string, string> { ["urn:uuid:0a"] = "Patient/p1", ["Patient?identifier=a|b"] = "Patient/p2" },
        BaseAddresses = ["http://localhost/fhir/north/", "https://hospital.example/fhir/north/"],
    };
}
