using System.Net.Http.Headers;
using System.Text.Json;
using MedOrleans.Host.Client;

namespace MedOrleans.Host.Demo;

/// <summary>One hospital's frontends: carries out the day's visits through the public FHIR API.</summary>
internal sealed class HospitalDriver(HospitalProfile hospital, ApiClient client, HospitalFigures figures, int run, TimeProvider time) : IDisposable
{
    private const int MostVisits = 400;

    private readonly SemaphoreSlim _visits = new(MostVisits);
    private readonly Dictionary<int, Task<string?>> _patients = [];

    /// <summary>Carries out the visits; each begins at its time, whether or not the ones before are done.</summary>
    public async Task RunAsync(IEnumerable<PlannedVisit> visits, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var under = new List<Task>();
        foreach (var visit in visits)
        {
            var wait = visit.At - time.GetElapsedTime(start);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancel);
            }

            await _visits.WaitAsync(cancel);
            var patient = _patients[visit.Patient] = _patients.TryGetValue(visit.Patient, out var known) ? known : RegisterAsync(visit, cancel);
            under.Add(VisitAsync(visit, patient, cancel));
        }

        await Task.WhenAll(under);
    }

    public void Dispose() => _visits.Dispose();

    private async Task VisitAsync(PlannedVisit visit, Task<string?> registered, CancellationToken cancel)
    {
        try
        {
            if (await registered is not { } patient)
            {
                return;
            }

            if (visit.Returning is not null)
            {
                await SendAsync(HttpMethod.Get, $"Patient?identifier={Uri.EscapeDataString($"{VisitJson.RecordNumbers}|{VisitJson.RecordNumber(run, visit.Patient)}")}", null, cancel);
                await SendAsync(HttpMethod.Get, $"Patient/{patient}", null, cancel);
            }
            else
            {
                await SendAsync(HttpMethod.Get, $"Patient?name={visit.Family}&birthdate={visit.Born:yyyy-MM-dd}", null, cancel);
            }

            var start = time.GetUtcNow();
            if (await SendAsync(HttpMethod.Post, "Encounter", VisitJson.Started(visit, patient, start), cancel) is not { } encounter)
            {
                return;
            }

            var pause = visit.Stay / (visit.Observations.Count + visit.Conditions.Count + 1);
            foreach (var measure in visit.Observations)
            {
                await Task.Delay(pause, time, cancel);
                await SendAsync(HttpMethod.Post, "Observation", VisitJson.Observation(measure, patient, encounter, time.GetUtcNow()), cancel);
            }

            foreach (var condition in visit.Conditions)
            {
                await Task.Delay(pause, time, cancel);
                await SendAsync(HttpMethod.Post, "Condition", VisitJson.Condition(condition, patient, encounter, time.GetUtcNow()), cancel);
            }

            await Task.Delay(pause, time, cancel);
            await SendAsync(HttpMethod.Get, $"Observation?patient={patient}&_sort=-date&_count=10", null, cancel);
            await SendAsync(HttpMethod.Put, $"Encounter/{encounter}", VisitJson.Finished(visit, encounter, patient, start, time.GetUtcNow()), cancel);
            figures.SomePatient = patient;
        }
        catch (OperationCanceledException)
        {
            // The demo was stopped in the middle of a visit.
        }
        finally
        {
            _visits.Release();
        }
    }

    private Task<string?> RegisterAsync(PlannedVisit visit, CancellationToken cancel) => SendAsync(HttpMethod.Post, "Patient", VisitJson.Patient(visit, run), cancel);

    /// <summary>Sends a request and counts it; gives the id of the resource stored, or an empty text for what stores none; null where it failed.</summary>
    private async Task<string?> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var succeeded = false;
        try
        {
            using var content = body is null ? null : new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
            using var response = await client.SendRawAsync(method, $"/fhir/{hospital.Tenant}/{path}", content, cancel);
            var bytes = await response.Content.ReadAsByteArrayAsync(cancel);
            succeeded = response.IsSuccessStatusCode;
            if (!succeeded || method == HttpMethod.Get)
            {
                return succeeded ? "" : null;
            }

            using var stored = JsonDocument.Parse(bytes);
            return stored.RootElement.GetProperty("id").GetString();
        }
        catch (ClientException)
        {
            return null;
        }
        finally
        {
            if (!cancel.IsCancellationRequested)
            {
                figures.Add(time.GetElapsedTime(start), succeeded);
            }
        }
    }
}
