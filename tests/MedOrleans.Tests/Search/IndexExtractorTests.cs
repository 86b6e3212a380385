using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;

namespace MedOrleans.Tests.Search;

public class IndexExtractorTests
{
    private static readonly SearchParameterCatalog s_catalog = SearchParameterCatalog.R4;
    private static readonly IndexExtractor s_extractor = new(s_catalog);
    private static readonly ConcurrentDictionary<int, PlanNode> s_plans = new();

    [Theory]
    [MemberData(nameof(Samples))]
    public void Plan_OfEachParameter_SelectsWhatFirelysFhirPathSelects(string sample)
    {
        var differences = new List<string>();
        Compare(sample, differences, []);

        Assert.Empty(differences);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Plan_OverAResourceWithEveryElement_SelectsWhatFirelysFhirPathSelects(string type)
    {
        var differences = new List<string>();
        var met = new HashSet<string>();
        for (var variant = 0; variant < 14; variant++)
        {
            Compare(FullResource.Of(type, variant), differences, met);
        }

        Assert.Empty(differences);
        Assert.Empty(s_catalog.For(type).Where(parameter => parameter.Paths.Count > 0).Select(parameter => parameter.Code).Except(met));
    }

    [Theory]
    [InlineData("family", "muller~Müller")]
    [InlineData("given", "a~A", "zoe~Zoë")]
    [InlineData("gender", "female~")]
    [InlineData("active", "true~")]
    [InlineData("deceased", "false~")]
    [InlineData("identifier", "1~urn:mrn", "2~")]
    [InlineData("telecom", "555~phone", "none~", "z@x~email")]
    [InlineData("language", "en~urn:ietf:bcp:47")]
    [InlineData("general-practitioner", "Organization/2", "Practitioner/1")]
    [InlineData("general-practitioner:identifier", "9~urn:npi")]
    [InlineData("_tag", "vip~urn:t")]
    [InlineData("_profile", "http://x/p", "http://x/p|1")]
    [InlineData("_source", "urn:s")]
    public void Extract_Patient_HasTheKeysOf(string code, params string[] expected)
    {
        var (text, _) = Extract(FhirSamples.All[0]);

        Assert.Equal(expected, text
            .Where(entry => entry.Parameter == SearchParameterCatalog.NumberOf("Patient", code))
            .Select(entry => entry.Key.Replace(IndexKeys.PartSeparator, '~')));
    }

    [Fact]
    public void Extract_DeathDate_IsTheWholeMillisecondInUtc()
    {
        var (_, range) = Extract(FhirSamples.All[1]);

        var moment = DateTimeOffset.Parse("2020-01-01T08:00:00.123Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() * 1000d;
        Assert.Equal([new RangeIndexEntry(SearchParameterCatalog.NumberOf("Patient", "death-date"), "", moment, moment + 999)], range);
    }

    [Fact]
    public void Extract_Quantity_HasAnEntryForEachFormOfItsUnit()
    {
        var (_, range) = Extract("""{"resourceType":"Observation","valueQuantity":{"value":5.4,"unit":"Milligram","system":"http://unitsofmeasure.org","code":"mg"}}""");

        Assert.Equal(
            ["", "Milligram", "mg", "mg~http://unitsofmeasure.org"],
            range.Where(entry => entry.Parameter == SearchParameterCatalog.NumberOf("Observation", "value-quantity") && entry is { Low: 5.4, High: 5.4 })
                .Select(entry => entry.Key.Replace(IndexKeys.PartSeparator, '~')));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Extract_AnyResource_GivesEachEntryOnceAndInOrder(string sample)
    {
        var (text, range) = Extract(sample);

        Assert.Equal(text.Distinct().OrderBy(entry => entry.Parameter).ThenBy(entry => entry.Key, StringComparer.Ordinal), text);
        Assert.Equal(range.Distinct(), range);
    }

    [Fact]
    public void Extract_ListsThatHoldEntries_AreAddedTo()
    {
        using var json = JsonDocument.Parse("""{"resourceType":"Patient","gender":"male"}""");
        var text = new List<TextIndexEntry> { new(1, "before") };

        s_extractor.Extract("Patient", json.RootElement, text, []);

        Assert.Equal("before", text[0].Key);
        Assert.Contains(text, entry => entry.Key == IndexKeys.Token("male", ""));
    }

    [Fact]
    public void Extract_WordsThatAreTooLong_AreCutAsTheParserCutsThem()
    {
        var words = string.Concat(Enumerable.Repeat("Äb 😀 ", 200));
        var (text, _) = Extract(JsonSerializer.Serialize(new { resourceType = "Patient", name = new[] { new { family = words } } }));

        var key = Assert.Single(text, entry => entry.Parameter == SearchParameterCatalog.NumberOf("Patient", "family")).Key;
        Assert.Equal(IndexKeys.String(words), key);
        Assert.StartsWith(IndexKeys.Folded(words.AsSpan(0, 50)), key, StringComparison.Ordinal);
        Assert.True(key.Length <= IndexKeys.MaxLength);
        Assert.Equal(key, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(key)));
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient","gender":"ma\u0000le\u001f"}""", "ma le ")]
    [InlineData("""{"resourceType":"Patient","gender":"\ud83d\ude00"}""", "😀")]
    public void Extract_ControlCharacters_BecomeSpaces(string json, string code)
    {
        var (text, _) = Extract(json);

        Assert.Contains(new TextIndexEntry(SearchParameterCatalog.NumberOf("Patient", "gender"), IndexKeys.Token(code, "")), text);
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient","gender":"\ud83d","name":"x","birthDate":5,"telecom":{"value":[]},"identifier":[[1],null,"x"],"address":[{"line":{}}],"deceasedBoolean":"x"}""")]
    [InlineData("""{"resourceType":"Observation","component":{"code":[]},"valueQuantity":{"value":"5"},"code":{"coding":{"code":1}},"effectiveTiming":{"repeat":[],"event":{}}}""")]
    [InlineData("""{"resourceType":"Bundle","entry":[null]}""")]
    [InlineData("""{"resourceType":"Condition","onsetRange":{"low":1,"high":{"value":1e400}},"meta":null}""")]
    public void Extract_JsonOfTheWrongShape_IsPassedOver(string json) => _ = Extract(json);

    [Theory]
    [InlineData("Patience", """{"gender":"male"}""")]
    [InlineData("Patient", "[]")]
    public void Extract_NoResource_GivesNothing(string type, string json)
    {
        using var document = JsonDocument.Parse(json);
        var text = new List<TextIndexEntry>();

        s_extractor.Extract(type, document.RootElement, text, []);

        Assert.Empty(text);
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient"}""", "false")]
    [InlineData("""{"resourceType":"Patient","deceasedBoolean":false}""", "false")]
    [InlineData("""{"resourceType":"Patient","deceasedBoolean":true}""", "true")]
    [InlineData("""{"resourceType":"Patient","deceasedDateTime":"2020"}""", "true")]
    public void Extract_Deceased_IsTrueOfWhoeverDied(string json, string expected)
    {
        var (text, _) = Extract(json);

        Assert.Equal(IndexKeys.Token(expected, ""), Assert.Single(text, entry => entry.Parameter == SearchParameterCatalog.NumberOf("Patient", "deceased")).Key);
    }

    [Fact]
    public void Extract_Document_PointsToItsComposition()
    {
        var (text, _) = Extract("""{"resourceType":"Bundle","type":"document","entry":[{"resource":{"resourceType":"Composition","id":"c1"}},{"resource":{"resourceType":"Composition","id":"c2"}}]}""");

        Assert.Equal("Composition/c1", Assert.Single(text, entry => entry.Parameter == SearchParameterCatalog.NumberOf("Bundle", "composition")).Key);
        Assert.DoesNotContain(text, entry => entry.Parameter == SearchParameterCatalog.NumberOf("Bundle", "message"));
    }

    [Fact]
    public void ReferencesOf_SharedParameter_GivesItsOwnTargetsAlone()
    {
        var body = Encoding.UTF8.GetBytes("""{"resourceType":"Provenance","target":[{"reference":"Patient/1"},{"reference":"Encounter/2"},{"reference":"Patient/1"},{"reference":"http://x/Patient/3"}]}""");

        Assert.Equal(
            [new ResourceId("Patient", "1"), new ResourceId("Encounter", "2")],
            s_extractor.ReferencesOf("Provenance", s_catalog.Find("Provenance", "target")!.Number, body));
        Assert.Equal(
            [new ResourceId("Patient", "1")],
            s_extractor.ReferencesOf("Provenance", s_catalog.Find("Provenance", "patient")!.Number, body));
        Assert.Empty(s_extractor.ReferencesOf("Patient", s_catalog.Find("Provenance", "target")!.Number, body));
    }

    [Fact]
    public async Task Extract_ManyAtOnce_GivesTheSame()
    {
        var expected = FhirSamples.All.Select(sample => Extract(sample).Text.Count).ToList();

        await Parallel.ForAsync(0, 200, (_, _) =>
        {
            Assert.Equal(expected, FhirSamples.All.Select(sample => Extract(sample).Text.Count));
            return ValueTask.CompletedTask;
        });
    }

    public static TheoryData<string> Samples() => new(FhirSamples.All);

    public static TheoryData<string> Types() => new(FhirTypes.All);

    private static void Compare(string sample, List<string> differences, HashSet<string> met)
    {
        using var json = JsonDocument.Parse(sample);
        var resource = FhirPathOracle.Parse(sample);
        foreach (var parameter in s_catalog.For(resource.TypeName).Where(parameter => parameter.Paths.Count > 0))
        {
            var actual = FhirPathOracle.Actual(json.RootElement, s_plans.GetOrAdd(parameter.Number, _ => IndexPlanBuilder.Build(parameter.Type, [parameter])));
            var expected = FhirPathOracle.Expected(resource, parameter);
            if (expected.Count > 0)
            {
                met.Add(parameter.Code);
            }

            if (!actual.SequenceEqual(expected))
            {
                differences.Add($"{parameter.Type}.{parameter.Code} = {parameter.Expression} gave {string.Join("; ", actual)}, not {string.Join("; ", expected)}");
            }
        }
    }

    private static (List<TextIndexEntry> Text, List<RangeIndexEntry> Range) Extract(string sample)
    {
        using var json = JsonDocument.Parse(sample);
        var text = new List<TextIndexEntry>();
        var range = new List<RangeIndexEntry>();
        s_extractor.Extract(json.RootElement.GetProperty("resourceType").GetString()!, json.RootElement, text, range);
        return (text, range);
    }
}
