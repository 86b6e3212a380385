using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MedOrleans.Tests.Gateway.Fhir;

/// <summary>Small resources and Bundles.</summary>
internal static class TestContent
{
    public static string Observation(string subject) =>
        $$$"""{"resourceType":"Observation","status":"final","code":{"text":"weight"},"subject":{"reference":{{{JsonSerializer.Serialize(subject)}}}}}""";

    public static string Identified(string? id, string identifier) =>
        $$"""{"resourceType":"Patient",{{(id is null ? "" : $"\"id\":\"{id}\",")}}"identifier":[{"system":"urn:mrn","value":"{{identifier}}"}]}""";

    public static string Entry(string method, string url, string? resource, string? fullUrl, string? condition = null)
    {
        var entry = new StringBuilder("{");
        if (fullUrl is not null)
        {
            entry.Append(CultureInfo.InvariantCulture, $"\"fullUrl\":\"{fullUrl}\",");
        }

        if (resource is not null)
        {
            entry.Append(CultureInfo.InvariantCulture, $"\"resource\":{resource},");
        }

        return entry.Append(CultureInfo.InvariantCulture, $"\"request\":{{\"method\":\"{method}\",\"url\":\"{url}\"{(condition is null ? "" : "," + condition)}}}}}").ToString();
    }

    public static string Transaction(params string[] entries) =>
        $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""";
}
