using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests;
using MedOrleans.Workload;

namespace MedOrleans.LoadTests;

/// <summary>A hospital whose day is played, and what its record is held to afterwards.</summary>
internal sealed class DayHospital : IAsyncDisposable
{
    private const string Occupancy = "urn:medorleans:bed-occupancy";

    private readonly DayTransport _transport;
    private readonly DayPlayer _player;
    private readonly DayNames _names;
    private readonly Dictionary<DayVisit, DayEvent> _last = [];
    private readonly HashSet<DayVisit> _unsure = [];
    private readonly Lock _lock = new();

    private DayHospital(DayTransport transport, DayPlan plan)
    {
        _transport = transport;
        _names = new DayNames(transport.Tenant, "R1");
        _player = new DayPlayer(plan, _names, transport, TimeProvider.System);
    }

    /// <summary>Events that were not sent, because one before them had failed.</summary>
    public int Skipped { get; private set; }

    /// <summary>What became of the evening's events that failed; empty where none did.</summary>
    public int Failed { get; private set; }

    /// <summary>Reasons of some failures.</summary>
    public List<string> Reasons { get; } = [];

    /// <summary>Messages that were sent, frontends' requests, and messages that were sent again.</summary>
    public (int Messages, int Requests, int Resent) Sent { get; private set; }

    /// <summary>Opens a hospital of a plan that lets it do what its day needs.</summary>
    public static async Task<DayHospital> OpenAsync(Fleet fleet, HospitalShape shape, int seed, int mllpPort, HttpClient client)
    {
        var access = await fleet.Gateway.CreateTenantAsync(shape.Tenant);
        using var planned = await fleet.Administrator.PostAsJsonAsync($"/admin/tenants/{shape.Tenant}/plan", new { plan = "university" });
        planned.EnsureSuccessStatusCode();
        return new DayHospital(new DayTransport(access, fleet.Server, mllpPort, client), DayPlan.Of(shape, seed));
    }

    /// <summary>Makes the hospital's places.</summary>
    public Task PrepareAsync() => _player.PrepareAsync(CancellationToken.None);

    /// <summary>Plays the evening before.</summary>
    public Task EveningAsync(DayClock clock) => _player.EveningAsync(clock, Note, CancellationToken.None);

    /// <summary>Plays the day.</summary>
    /// <param name="clock">When.</param>
    /// <param name="timeline">What became of it.</param>
    public Task DayAsync(DayClock clock, Timeline timeline) => _player.DayAsync(
        clock,
        outcome =>
        {
            Note(outcome);
            if (outcome.Answer is { } answer)
            {
                timeline.Record(clock.Due(outcome.Event.At).TotalSeconds, answer.Status, outcome.SinceDue);
            }
        },
        CancellationToken.None);

    /// <summary>Holds the record to what was acknowledged.</summary>
    /// <returns>Acknowledged versions and messages, those of them that are not there with their exact content, and versions stored.</returns>
    public async Task<(int Acknowledged, int Lost, int Stored)> VersionsAsync()
    {
        var (stored, found) = (0, 0);
        await foreach (var resource in _transport.EntriesAsync("_history?_count=1000"))
        {
            stored++;
            var (type, id) = (resource.GetProperty("resourceType").GetString()!, resource.GetProperty("id").GetString()!);
            if (_transport.Versions.TryGetValue((type, id, resource.GetProperty("meta").GetProperty("versionId").GetString()!), out var said))
            {
                found += resource.GetRawText() == said ? 1 : 0;
            }
            else if (type == "Task" && _transport.Messages.TryGetValue(resource.GetProperty("identifier")[0].GetProperty("value").GetString()!.Split('|')[^1], out var message))
            {
                found += resource.GetProperty("status").GetString() == "completed" && Encoding.UTF8.GetString(resource.GetProperty("input")[0].GetProperty("valueBase64Binary").GetBytesFromBase64()) == message ? 1 : 0;
            }
        }

        var acknowledged = _transport.Versions.Count + _transport.Messages.Count;
        return (acknowledged, acknowledged - found, stored);
    }

    /// <summary>Holds beds, encounters and what was acknowledged to one another.</summary>
    /// <returns>Patients in beds, beds and encounters that disagree, visits that are not where their last step left them, and visits that nobody can say that of.</returns>
    public async Task<(int InBeds, int Disagree, int Astray, int Unsure)> CensusAsync()
    {
        var beds = new HashSet<(string Bed, string Encounter)>();
        var disagree = 0;
        for (var ward = 1; ward <= _player.Plan.Shape.Wards; ward++)
        {
            await foreach (var bed in _transport.EntriesAsync($"Location/{DayNames.Ward(ward)}/$census"))
            {
                if (bed.GetProperty("resourceType").GetString() != "Location")
                {
                    continue;
                }

                var occupant = bed.TryGetProperty("extension", out var extensions)
                    ? extensions.EnumerateArray().Where(extension => extension.GetProperty("url").GetString() == Occupancy)
                        .SelectMany(extension => extension.GetProperty("extension").EnumerateArray()).Where(part => part.GetProperty("url").GetString() == "encounter")
                        .Select(part => part.GetProperty("valueReference").GetProperty("reference").GetString()).FirstOrDefault()
                    : null;
                var isOccupied = bed.TryGetProperty("operationalStatus", out var state) && state.GetProperty("code").GetString() == "O";
                disagree += isOccupied == occupant is not null ? 0 : 1;
                if (occupant is not null)
                {
                    beds.Add(($"Location/{bed.GetProperty("id").GetString()}", occupant));
                }
            }
        }

        var stays = new HashSet<(string Bed, string Encounter)>();
        var known = new Dictionary<string, (string Status, string? Bed)>();
        var isBed = _player.Plan.Beds.Select(bed => $"Location/{DayNames.Bed(bed)}").ToHashSet();
        await foreach (var encounter in _transport.EntriesAsync("Encounter?_count=1000"))
        {
            var id = encounter.GetProperty("id").GetString()!;
            var status = encounter.GetProperty("status").GetString()!;
            var bed = status is "finished" or "cancelled" || !encounter.TryGetProperty("location", out var places) ? null : places.EnumerateArray()
                .Where(place => place.GetProperty("status").GetString() == "active").Select(place => place.GetProperty("location").GetProperty("reference").GetString()!).LastOrDefault(isBed.Contains);
            if (bed is not null)
            {
                stays.Add((bed, $"Encounter/{id}"));
            }

            known[encounter.TryGetProperty("identifier", out var identifiers) ? identifiers[0].GetProperty("value").GetString()! : id] = (status, bed);
        }

        disagree += beds.Except(stays).Count() + stays.Except(beds).Count();
        var sure = _last.Where(visit => !_unsure.Contains(visit.Key)).ToList();
        var astray = sure.Count(visit => !known.TryGetValue(visit.Key.Patient.ByMessage ? _names.VisitNumber(visit.Key) : _names.Encounter(visit.Key), out var found) || found != Expected(visit.Value));
        return (beds.Count, disagree, astray, _unsure.Count);
    }

    /// <summary>The writes that are metered, and whether the product itself finds its meters equal to what is stored.</summary>
    public async Task<(long Metered, bool Equal)> UsageAsync(HttpClient administrator)
    {
        var usage = await administrator.GetFromJsonAsync<JsonElement>(new Uri($"/admin/tenants/{_transport.Tenant}/usage", UriKind.Relative));
        var verification = await administrator.GetFromJsonAsync<JsonElement>(new Uri($"/admin/tenants/{_transport.Tenant}/usage/verification", UriKind.Relative));
        return (usage.GetProperty("buckets").EnumerateArray().Where(bucket => bucket.GetProperty("meter").GetString() == "api.write").Sum(bucket => bucket.GetProperty("quantity").GetInt64()),
            verification.GetProperty("equal").GetBoolean());
    }

    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private void Note(DayOutcome outcome)
    {
        lock (_lock)
        {
            var isDone = outcome.Answer is { Succeeded: true };
            Skipped += outcome.Answer is null ? 1 : 0;
            if (outcome.Answer is { Succeeded: false } failed)
            {
                Failed++;
                if (Reasons.Count < 5)
                {
                    Reasons.Add($"{outcome.Event.Kind} {(outcome.Event.ByMessage ? "by message" : "by request")}: {failed.Status} {Encoding.UTF8.GetString(failed.Body.Span)}");
                }
            }

            Sent = (Sent.Messages + (outcome.Event.ByMessage ? 1 : 0), Sent.Requests + (outcome.Event.ByMessage ? 0 : 1), _transport.Resent);
            if (outcome.Event is not { Visit: { } visit, Kind: not (DayEventKind.Observe or DayEventKind.Diagnose or DayEventKind.Order or DayEventKind.Result or DayEventKind.Review or DayEventKind.Update) })
            {
                return;
            }

            if (!isDone)
            {
                _unsure.Add(visit);
            }
            else if (!_last.TryGetValue(visit, out var last) || last.Number < outcome.Event.Number)
            {
                _last[visit] = outcome.Event;
            }
        }
    }

    private static (string Status, string? Bed) Expected(DayEvent last) => last.Kind switch
    {
        DayEventKind.Discharge => ("finished", null),
        DayEventKind.CancelAdmit => ("cancelled", null),
        DayEventKind.CheckIn => (last.ByMessage ? "in-progress" : "arrived", null),
        DayEventKind.Leave => ("onleave", BedOf(last)),
        _ => ("in-progress", BedOf(last)),
    };

    private static string? BedOf(DayEvent what) => what.Bed is { } bed ? $"Location/{DayNames.Bed(bed)}" : null;
}
