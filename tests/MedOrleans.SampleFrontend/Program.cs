using System.Globalization;
using System.Text;
using System.Text.Json;
using MedOrleans;
using MedOrleans.Encounters;
using MedOrleans.Patients;
using MedOrleans.Records;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;

// A registration desk on grains: a patient comes, has a blood pressure taken, and goes home.
if (args is not [var gateway, var tokenEndpoint, var slug, var clientId] || Environment.GetEnvironmentVariable("MEDORLEANS_CLIENT_SECRET") is not { } secret)
{
    Console.Error.WriteLine("usage: MEDORLEANS_CLIENT_SECRET=… MedOrleans.SampleFrontend {silo gateway, 127.0.0.1:30000} {token endpoint} {tenant} {client id}");
    return 2;
}

var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.AddMedOrleansClient(client =>
{
    client.Gateways.Add(gateway);
    client.TokenEndpoint = new Uri(tokenEndpoint);
    client.ClientId = clientId;
    client.ClientSecret = secret;
});
using var host = builder.Build();
await host.StartAsync();

var grains = host.Services.GetRequiredService<IGrainFactory>();
var hospital = TenantId.Parse(slug);
Console.WriteLine($"hospital: {(await grains.GetTenant(hospital).GetAsync())!.Name}");

var patientId = Guid.CreateVersion7().ToString();
var registered = await grains.GetPatient(hospital, patientId).RegisterAsync(new RegisterPatient
{
    Family = "Sample",
    Given = ["Ada"],
    BirthDate = new DateOnly(1990, 5, 17),
    Gender = "female",
    IdentifierSystem = "urn:example:mrn",
    Identifier = patientId,
});
Console.WriteLine($"patient: {registered.Status}, version {registered.Stored?.Version}");

var encounter = grains.GetEncounter(hospital, Guid.CreateVersion7().ToString());
Console.WriteLine($"encounter: {(await encounter.StartAsync(new StartEncounter { PatientId = patientId })).Status}");

var observation = await grains.GetHospitalRecord(hospital).CreateAsync("Observation", Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
    { "resourceType": "Observation", "status": "final", "subject": { "reference": "Patient/{{patientId}}" },
      "code": { "coding": [ { "system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure" } ] },
      "valueQuantity": { "value": 118, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]" } }
    """)));
Console.WriteLine($"observation: {observation.Status}");

var found = await grains.GetHospitalRecord(hospital).SearchAsync("Observation", $"patient=Patient/{patientId}&code=http://loinc.org|8480-6");
Console.WriteLine($"found: {found.Matches.Count}, of {JsonDocument.Parse(found.Matches[0].Body).RootElement.GetProperty("valueQuantity").GetProperty("value")} mmHg");

Console.WriteLine($"encounter: {(await encounter.FinishAsync(new FinishEncounter())).Status}, then {(await encounter.FinishAsync(new FinishEncounter())).Status}");
await host.StopAsync();
return registered.Status == WriteStatus.Created ? 0 : 1;
