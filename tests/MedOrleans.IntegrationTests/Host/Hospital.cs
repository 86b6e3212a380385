using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>What these tests do with a hospital's record: write a patient, read it, change it.</summary>
internal static class Hospital
{
    /// <summary>Creates a patient and returns the answer.</summary>
    public static Task<HttpResponseMessage> CreateAsync(HttpClient client, string tenant, string family) =>
        client.PostAsync(new Uri($"/fhir/{tenant}/Patient", UriKind.Relative), Patient(null, family));

    /// <summary>Creates a patient and returns its id.</summary>
    public static async Task<string> CreatedAsync(HttpClient client, string tenant, string family)
    {
        using var response = await CreateAsync(client, tenant, family);
        response.EnsureSuccessStatusCode();
        return (await JsonAsync(response)).GetProperty("id").GetString()!;
    }

    /// <summary>Gives the patient another name.</summary>
    public static Task<HttpResponseMessage> UpdateAsync(HttpClient client, string tenant, string id, string family) =>
        client.PutAsync(new Uri($"/fhir/{tenant}/Patient/{id}", UriKind.Relative), Patient(id, family));

    /// <summary>The patient's family name; null where it isn't answered.</summary>
    public static async Task<string?> FamilyAsync(HttpClient client, string tenant, string id)
    {
        using var response = await client.GetAsync(new Uri($"/fhir/{tenant}/Patient/{id}", UriKind.Relative));
        return response.IsSuccessStatusCode ? (await JsonAsync(response)).GetProperty("name")[0].GetProperty("family").GetString() : null;
    }

    /// <summary>What a GET gives.</summary>
    public static async Task<JsonElement> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
        return await JsonAsync(response);
    }

    /// <summary>An answer's body.</summary>
    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    private static StringContent Patient(string? id, string family)
    {
        var content = new StringContent(
            $$"""{ "resourceType": "Patient", {{(id is null ? "" : $"\"id\": \"{id}\", ")}}"name": [ { "family": "{{family}}" } ] }""", Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/fhir+json");
        return content;
    }
}
