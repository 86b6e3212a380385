using System.Globalization;
using System.Net.Http.Headers;
using MedOrleans.Host.Client;
using MedOrleans.Workload;

namespace MedOrleans.Host.Demo;

/// <summary>One hospital's frontends: carries out its day through the public FHIR API.</summary>
internal sealed class HospitalDriver : IDayTransport
{
    private readonly HospitalProfile _hospital;
    private readonly ApiClient _client;
    private readonly HospitalFigures _figures;
    private readonly DayNames _names;
    private readonly DayPlayer _player;

    /// <summary>Plans the day.</summary>
    /// <param name="hospital">Whose.</param>
    /// <param name="client">Its client.</param>
    /// <param name="figures">What is counted.</param>
    /// <param name="length">How long the day takes.</param>
    /// <param name="seed">What decides it.</param>
    /// <param name="run">What keeps this run's patients apart from those of others.</param>
    /// <param name="time">The clock.</param>
    public HospitalDriver(HospitalProfile hospital, ApiClient client, HospitalFigures figures, TimeSpan length, int seed, int run, TimeProvider time)
    {
        (_hospital, _client, _figures) = (hospital, client, figures);
        _names = new DayNames(hospital.Tenant, run.ToString("X8", CultureInfo.InvariantCulture));
        _player = new DayPlayer(hospital.Day(length, seed), _names, this, time);
    }

    /// <summary>Makes the hospital what the day finds: its wards, who lies in them, and who is booked.</summary>
    public async Task PrepareAsync(DayClock clock, CancellationToken cancel)
    {
        await _player.PrepareAsync(cancel);
        await _player.EveningAsync(clock, Count, cancel);
    }

    /// <summary>Plays the day.</summary>
    public Task RunAsync(DayClock clock, CancellationToken cancel) => _player.DayAsync(clock, Count, cancel);

    /// <inheritdoc/>
    public async Task<DayAnswer> SendAsync(FhirRequest request, CancellationToken cancel)
    {
        try
        {
            using var content = request.Body is null ? null : new ByteArrayContent(request.Body) { Headers = { ContentType = new MediaTypeHeaderValue("application/fhir+json") } };
            using var response = await _client.SendRawAsync(request.Method, $"/fhir/{_hospital.Tenant}/{request.Path}".TrimEnd('/'), content, cancel);
            return new DayAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancel));
        }
        catch (ClientException)
        {
            return new DayAnswer(0, default);
        }
    }

    /// <inheritdoc/>
    public Task<DayAnswer> SendAsync(string message, DayPatient patient, CancellationToken cancel) => throw new NotSupportedException("The demo's hospitals send no messages.");

    private void Count(DayOutcome outcome)
    {
        _figures.Add(outcome.SinceSent, outcome.Answer is { Succeeded: true });
        if (outcome is { Event: { Kind: DayEventKind.Discharge, Patient: { } patient }, Answer.Succeeded: true })
        {
            _figures.SomePatient = _names.Patient(patient);
        }
    }
}
