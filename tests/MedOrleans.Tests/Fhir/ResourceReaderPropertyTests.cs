using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using MedOrleans.Record.Fhir;

namespace MedOrleans.Tests.Fhir;

/// <summary>What must hold of any input at all.</summary>
public class ResourceReaderPropertyTests
{
    private static readonly string[] s_names =
    [
        "id", "meta", "extension", "_status", "status", "valueString", "valueQuantity", "contained", "_birthDate", "text", "resourceType", "reference", "given",
        "_given", "color", "versionId", "value", "url",
    ];

    private static readonly string[] s_values =
    [
        "null", "true", "0", "1.50", "-3", "1e400", "\"\"", "\" \"", "\"final\"", "\"2020-02-30\"", "\"2020-01-01\"", "\"2020-01-01T10:00:00.5+02:00\"", "\"Patient/1\"",
        "\"#x\"", "\"urn:uuid:a\"", "\"http://h/fhir/t/Patient/1\"", "\"a\\u0001\"", "\"\\u00e9\\/\"", "[]", "{}", "[null]", "[{}]", "[[1]]", "[\"a\",null]", "{\"id\":\"a\"}",
        "{\"extension\":[{\"url\":\"http://x\",\"valueString\":\"y\"}]}", "\"<div>a</div>\"", "{\"resourceType\":\"Patient\",\"id\":\"x\"}",
    ];

    private static readonly ReadOptions s_options = Reading.Create with
    {
        References = new Dictionary<string, string> { ["urn:uuid:a"] = "Patient/9" },
        BaseAddresses = ["http://h/fhir/t/"],
    };

    private static readonly Gen<string> s_resource = Gen.Int[0, TestResources.All.Length - 1].Select(index => TestResources.All[index]);

    private static readonly Gen<(int Seed, int Kind, int Name, int Value)[]> s_changes =
        Gen.Select(Gen.Int[0, 10_000], Gen.Int[0, 3], Gen.Int[0, s_names.Length - 1], Gen.Int[0, s_values.Length - 1]).Array[0, 4];

    [Fact]
    public void Read_ChangedResource_IsRefusedOrReadAgainTheSame() =>
        Gen.Select(s_resource, s_changes).Sample(
            (json, changes) => Claim(Encoding.UTF8.GetBytes(changes.Aggregate(json, Change))), iter: 20_000);

    [Fact]
    public void Read_DamagedBytes_IsRefusedOrReadAgainTheSame() =>
        Gen.Select(s_resource, Gen.Select(Gen.Int[0, 5000], Gen.Byte).Array[0, 3]).Sample(
            (json, damage) =>
            {
                var bytes = Encoding.UTF8.GetBytes(json);
                foreach (var (at, value) in damage)
                {
                    bytes[at % bytes.Length] = value;
                }

                Claim(bytes);
            },
            iter: 20_000);

    [Fact]
    public void Read_CutShort_IsRefused() =>
        Gen.Select(s_resource, Gen.Double[0, 0.999]).Sample(
            (json, part) => Assert.Null(Reading.Read(Encoding.UTF8.GetBytes(json)[..(int)(Encoding.UTF8.GetByteCount(json) * part)], s_options).Resource));

    [Fact]
    public void Read_Concurrently_GivesEachItsOwn()
    {
        var expected = TestResources.All.Select(json => Reading.Body(json)).ToArray();

        Parallel.For(0, 2000, i => Assert.Equal(expected[i % expected.Length], Reading.Body(TestResources.All[i % expected.Length])));
    }

    private static void Claim(byte[] json)
    {
        var first = Reading.Read(json, s_options);
        if (first.Resource is not { } resource)
        {
            Assert.Contains(first.Issues, issue => issue.Severity is "error" or "fatal");
            return;
        }

        Assert.Equal((byte)'{', resource.Body[resource.StampAt - 1]);
        var stamped = resource.Stamp(7, DateTimeOffset.UnixEpoch);
        var again = Reading.Read(stamped, Reading.Update);
        Assert.DoesNotContain(again.Issues, issue => issue.Severity != "warning");
        Assert.Equal(resource.Body, again.Resource!.Body);
        Assert.Equal(stamped, again.Resource.Stamp(7, DateTimeOffset.UnixEpoch));
    }

    private static string Change(string json, (int Seed, int Kind, int Name, int Value) change)
    {
        var root = JsonNode.Parse(json)!;
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        var node = nodes[change.Seed % nodes.Count];
        var value = JsonNode.Parse(s_values[change.Value]);
        switch (node.Parent)
        {
            case JsonObject parent when change.Kind == 0:
                parent.Remove(node.GetPropertyName());
                break;
            case JsonObject parent when change.Kind == 1:
                parent[node.GetPropertyName()] = value;
                break;
            case JsonArray parent when change.Kind == 1:
                parent[node.GetElementIndex()] = value;
                break;
            case JsonArray parent when change.Kind == 2:
                parent.Add(value);
                break;
            default:
                if (node is JsonObject self)
                {
                    self[s_names[change.Name]] = value;
                }

                break;
        }

        return root.ToJsonString();
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        foreach (var child in node switch
        {
            JsonObject self => self.Select(member => member.Value),
            JsonArray self => self,
            _ => [],
        })
        {
            Collect(child, nodes);
        }
    }
}
