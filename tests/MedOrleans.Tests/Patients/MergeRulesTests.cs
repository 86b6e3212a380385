using System.Text.Json.Nodes;
using MedOrleans.Grains.Patients;
using MedOrleans.Record.Identity;
using MedOrleans.Record.Store;

namespace MedOrleans.Tests.Patients;

public sealed class MergeRulesTests
{
    private static readonly string[] s_references = ["Patient/a", "Patient/b", "Patient/ab", "Patient/a/_history/2", "Patient/c", "Practitioner/a", "urn:uuid:a", "https://elsewhere.example/Patient/a"];

    /// <summary>Resources of random shape that refer to both patients, to others, and to names that only look like theirs.</summary>
    [Fact]
    public void Redirect_ThenTurnBack_GivesTheResourceAsItWas()
    {
        var random = new Random(28);
        var moved = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var before = Made(random, depth: 0).AsObject();
            var after = before.DeepClone().AsObject();
            if (!MergeRules.Redirect(after, "a", "b"))
            {
                Assert.True(JsonNode.DeepEquals(before, after));
                continue;
            }

            moved++;
            Assert.DoesNotContain(References(after), reference => reference is "Patient/a" or "Patient/a/_history/2");
            Assert.Equal(References(before).Select(reference => reference is "Patient/a" or "Patient/a/_history/2" ? "Patient/b" : reference), References(after));
            Assert.True(MergeRules.TurnBack(after, before, "a", "b"));
            Assert.True(JsonNode.DeepEquals(before, after), $"{before.ToJsonString()}\n{after.ToJsonString()}");
        }

        Assert.True(moved > 50_000, $"{moved} were moved.");
    }

    [Fact]
    public void TurnBack_OfAResourceThatOnlyReferredToTheOne_FindsReferencesThatCameToAnotherPlace()
    {
        var before = Json("""{"participant":[{"actor":{"reference":"Patient/a"}}]}""");
        var now = Json("""{"participant":[{"actor":{"reference":"Practitioner/x"}},{"actor":{"reference":"Patient/b"}}],"note":[{"authorReference":{"reference":"Patient/b"}}]}""");

        Assert.True(MergeRules.TurnBack(now, before, "a", "b"));
        Assert.Equal(["Practitioner/x", "Patient/a", "Patient/a"], References(now));
    }

    [Fact]
    public void TurnBack_OfAResourceThatReferredToBoth_LeavesTheOthersOwn()
    {
        var before = Json("""{"member":[{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"Patient/a"}}]}""");
        var now = Json("""{"member":[{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"Patient/b"}},{"entity":{"reference":"Patient/b"}}]}""");

        Assert.True(MergeRules.TurnBack(now, before, "a", "b"));
        Assert.Equal(["Patient/b", "Patient/a", "Patient/b"], References(now));
    }

    [Fact]
    public void Join_ThenPart_GivesBothAsTheyWereAndKeepsWhatCameBetween()
    {
        var (source, target) = (Json("""{"id":"a","identifier":[{"system":"s","value":"1"},{"system":"s","value":"2"}],"link":[{"other":{"reference":"RelatedPerson/r"},"type":"seealso"}]}"""), Json("""{"id":"b","identifier":[{"system":"s","value":"2"}]}"""));
        var before = (Source: source.DeepClone().AsObject(), Target: target.DeepClone().AsObject());
        MergeRules.Join(source, "a", target, "b", "merge-1");
        Assert.Equal(("b", "merge-1", (string?)null), (PatientLinks.ReplacementOf(source), MergeRules.RecordOf(source), PatientLinks.ReplacementOf(target)));
        Assert.Equal(2, target["identifier"]!.AsArray().Count);
        Assert.Contains("was merged into Patient/b", MergeRules.RefusePlain("a", source, before.Source)!.Details, StringComparison.Ordinal);
        Assert.Null(MergeRules.RefusePlain("a", source, source));
        var after = target.DeepClone().AsObject();
        target["identifier"]!.AsArray().Add(new JsonObject { ["system"] = "s", ["value"] = "3" });
        source["gender"] = "female";

        MergeRules.Part(source, "a", before.Source, target, before.Target, after);
        before.Source["gender"] = "female";
        before.Target["identifier"]!.AsArray().Add(new JsonObject { ["system"] = "s", ["value"] = "3" });
        Assert.True(JsonNode.DeepEquals(before.Source, source));
        Assert.True(JsonNode.DeepEquals(before.Target, target));
    }

    [Fact]
    public void Provenance_OfAMerge_SaysWhichVersionsItMade()
    {
        var provenance = MergeRules.Provenance("merge-1", "merge", "a", "desk", default);
        MergeRules.Record(provenance, new ResourceId("Encounter", "e"), 7);
        provenance["target"]!.AsArray().Add(new JsonObject { ["reference"] = "Encounter/without-version" });
        Assert.Equal([(new ResourceId("Encounter", "e"), 7L)], MergeRules.Recorded(provenance));
    }

    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject json => (json["reference"] is { } reference ? [reference.ToString()] : Array.Empty<string>()).Concat(json.Where(member => member.Key != "reference").SelectMany(member => References(member.Value))),
        JsonArray array => array.SelectMany(References),
        _ => [],
    };

    private static JsonNode Made(Random random, int depth)
    {
        if (depth > 0 && random.Next(3) == 0)
        {
            return new JsonObject { ["reference"] = s_references[random.Next(s_references.Length)] };
        }

        if (depth > 3)
        {
            return JsonValue.Create(random.Next());
        }

        if (depth > 0 && random.Next(3) == 0)
        {
            return new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Made(random, depth + 1))]);
        }

        var made = new JsonObject();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            made[$"m{i}"] = Made(random, depth + 1);
        }

        return made;
    }
}
