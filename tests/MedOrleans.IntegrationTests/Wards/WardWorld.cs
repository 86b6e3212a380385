using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Host;

namespace MedOrleans.IntegrationTests.Wards;

/// <summary>A hospital's ward over HTTP: beds, patients, and the operations on them.</summary>
internal sealed class WardWorld(HttpClient client, string tenant)
{
    /// <summary>Stores a ward, a room in it, beds <c>b0</c>, <c>b1</c>, … in the room, and patients <c>p0</c>, <c>p1</c>, …</summary>
    public async Task FillAsync(int beds, int patients)
    {
        var entries = new List<string>
        {
            Entry("Location/ward", """{"resourceType":"Location","id":"ward","name":"3 West","physicalType":{"coding":[{"code":"wa"}]}}"""),
            Entry("Location/room", """{"resourceType":"Location","id":"room","name":"Room 1","physicalType":{"coding":[{"code":"ro"}]},"partOf":{"reference":"Location/ward"}}"""),
        };
        entries.AddRange(Enumerable.Range(0, beds).Select(i => Entry($"Location/b{i}", $$$"""{"resourceType":"Location","id":"b{{{i}}}","status":"active","name":"Bed {{{i}}}","physicalType":{"coding":[{"code":"bd"}]},"partOf":{"reference":"Location/room"}}""")));
        entries.AddRange(Enumerable.Range(0, patients).Select(i => Entry($"Patient/p{i}", $$"""{"resourceType":"Patient","id":"p{{i}}","name":[{"family":"P{{i}}"}]}""")));
        using var stored = await PostAsync("", $$"""{"resourceType":"Bundle","type":"transaction","entry":[{{string.Join(',', entries)}}]}""");
        Assert.True(stored.IsSuccessStatusCode, await stored.Content.ReadAsStringAsync());
    }

    /// <summary>Calls an operation, and gives the status and the body.</summary>
    /// <param name="path">Its address below the hospital's.</param>
    /// <param name="parameters">Its parameters as JSON entries.</param>
    public async Task<(int Status, JsonElement Body)> RunAsync(string path, params string[] parameters)
    {
        using var response = await PostAsync(path, $$"""{"resourceType":"Parameters","parameter":[{{string.Join(',', parameters)}}]}""");
        return ((int)response.StatusCode, await Hospital.JsonAsync(response));
    }

    /// <summary>Admits a patient to a bed; null where that is refused.</summary>
    public async Task<string?> AdmitAsync(string patient, string bed)
    {
        var (status, body) = await RunAsync("Encounter/$admit", Reference("patient", $"Patient/{patient}"), Reference("location", $"Location/{bed}"));
        return status == 201 ? body.GetProperty("id").GetString() : null;
    }

    /// <summary>What a GET gives.</summary>
    public Task<JsonElement> GetAsync(string path) => Hospital.GetAsync(client, $"/fhir/{tenant}/{path}");

    /// <summary>The census: the occupant of each bed, by bed.</summary>
    public async Task<Dictionary<string, string?>> CensusAsync(string ward = "ward") => (await GetAsync($"Location/{ward}/$census")).GetProperty("entry").EnumerateArray()
        .Select(entry => entry.GetProperty("resource")).Where(resource => resource.GetProperty("resourceType").GetString() == "Location")
        .ToDictionary(bed => bed.GetProperty("id").GetString()!, OccupantOf);

    /// <summary>The encounter that occupies a bed; null where none does.</summary>
    public static string? OccupantOf(JsonElement bed) => bed.TryGetProperty("extension", out var extensions)
        ? extensions.EnumerateArray().Where(extension => extension.GetProperty("url").GetString() == "urn:medorleans:bed-occupancy")
            .Select(extension => extension.GetProperty("extension")[0].GetProperty("valueReference").GetProperty("reference").GetString()).FirstOrDefault()
        : null;

    /// <summary>A parameter that is a reference.</summary>
    public static string Reference(string name, string target) => $$$"""{"name":"{{{name}}}","valueReference":{"reference":"{{{target}}}"}}""";

    /// <summary>Sends JSON by POST.</summary>
    public async Task<HttpResponseMessage> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        return await client.PostAsync(Address(path), content);
    }

    /// <summary>Sends JSON by PUT.</summary>
    public async Task<HttpResponseMessage> PutAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/fhir+json");
        return await client.PutAsync(Address(path), content);
    }

    private Uri Address(string path) => new($"/fhir/{tenant}/{path}".TrimEnd('/'), UriKind.Relative);

    private static string Entry(string url, string resource) => $$$"""{"resource":{{{resource}}},"request":{"method":"PUT","url":"{{{url}}}"}}""";
}
