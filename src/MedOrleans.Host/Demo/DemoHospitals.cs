using System.Text.Json;
using MedOrleans.Host.Client;
using MedOrleans.Record.Keys;

namespace MedOrleans.Host.Demo;

/// <summary>The demo's hospitals, provisioned once; their credentials are kept in the data folder for the next run.</summary>
internal static class DemoHospitals
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "demo-credentials.json";

    /// <summary>The credentials of every hospital, by slug; hospitals and credentials that are missing are made.</summary>
    public static async Task<IReadOnlyDictionary<string, DemoCredential>> ProvisionAsync(ApiClient administrator, string dataFolder, CancellationToken cancel)
    {
        var file = Path.Combine(dataFolder, FileName);
        var known = File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, DemoCredential>>(await File.ReadAllBytesAsync(file, cancel))! : [];
        foreach (var hospital in HospitalProfile.All)
        {
            if (known.ContainsKey(hospital.Tenant))
            {
                continue;
            }

            using var shown = await administrator.SendRawAsync(HttpMethod.Get, $"/admin/tenants/{hospital.Tenant}", null, cancel);
            var credentials = shown.IsSuccessStatusCode
                ? await administrator.PostAsync($"/admin/tenants/{hospital.Tenant}/clients", new { name = "demo", scopes = "system/*.cruds" }, cancel)
                : (await administrator.PostAsync("/admin/tenants", new { tenant = hospital.Tenant, name = hospital.Name }, cancel)).GetProperty("credentials");
            known.Add(hospital.Tenant, new DemoCredential(credentials.GetProperty("clientId").GetString()!, credentials.GetProperty("clientSecret").GetString()!));
        }

        await using var stream = PrivateFile.Open(file, FileMode.Create);
        await JsonSerializer.SerializeAsync(stream, known, cancellationToken: cancel);
        return known;
    }
}

/// <summary>A demo hospital's client credentials.</summary>
internal sealed record DemoCredential(string ClientId, string ClientSecret);
