using System.Collections.Concurrent;
using System.Text.Json;

namespace MedOrleans.Workload;

/// <summary>What carries a hospital's requests and messages.</summary>
public interface IDayTransport
{
    /// <summary>Sends a request of a frontend.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<DayAnswer> SendAsync(FhirRequest request, CancellationToken cancel);

    /// <summary>Sends a message. Messages about one patient have to arrive in the order of the calls.</summary>
    /// <param name="message">The message.</param>
    /// <param name="patient">Whom it is about.</param>
    /// <param name="cancel">Ends the wait.</param>
    Task<DayAnswer> SendAsync(string message, DayPatient patient, CancellationToken cancel);
}

/// <summary>What was answered.</summary>
/// <param name="Status">The HTTP status; of a message 200 for AA, 422 for AE and AR. 0 where there was no answer.</param>
/// <param name="Body">The body.</param>
public sealed record DayAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>Whether it was done.</summary>
    public bool Succeeded => Status is >= 200 and < 300;
}

/// <summary>What became of an event.</summary>
/// <param name="Event">The event.</param>
/// <param name="Answer">What was answered; null where it was not sent, because one before it had failed.</param>
/// <param name="SinceDue">From when it was due to its answer.</param>
/// <param name="SinceSent">From when it was sent to its answer.</param>
public sealed record DayOutcome(DayEvent Event, DayAnswer? Answer, TimeSpan SinceDue, TimeSpan SinceSent);

/// <summary>A hospital did not become what its day is to find.</summary>
/// <param name="message">What was refused, and the answer.</param>
public sealed class DayRefusedException(string message) : Exception(message);

/// <summary>
/// Plays a day: sends each event when it is due, whether or not others have been answered, but not before those that it builds on. The evening before is played first, as fast as
/// the hospital takes it.
/// </summary>
/// <param name="plan">The day.</param>
/// <param name="names">The ids.</param>
/// <param name="transport">What carries it.</param>
/// <param name="time">The clock.</param>
public sealed class DayPlayer(DayPlan plan, DayNames names, IDayTransport transport, TimeProvider time)
{
    private const int EveningAtOnce = 8;

    private readonly ConcurrentDictionary<int, Task<bool>> _done = new();

    /// <summary>The plan.</summary>
    public DayPlan Plan => plan;

    /// <summary>Makes the places that are missing, and empties the beds of whoever an earlier run has left in them.</summary>
    /// <exception cref="DayRefusedException">The hospital refuses it.</exception>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        var missing = plan.Beds.ToHashSet();
        var byId = plan.Beds.ToDictionary(DayNames.Bed);
        for (var ward = 1; ward <= plan.Shape.Wards; ward++)
        {
            var census = await transport.SendAsync(new FhirRequest(HttpMethod.Get, $"Location/{DayNames.Ward(ward)}/$census", null), cancel);
            if (!census.Succeeded)
            {
                continue;
            }

            using var beds = JsonDocument.Parse(census.Body);
            foreach (var bed in beds.RootElement.TryGetProperty("entry", out var entries) ? [.. entries.EnumerateArray().Select(static entry => entry.GetProperty("resource"))] : Array.Empty<JsonElement>())
            {
                if (bed.GetProperty("resourceType").GetString() == "Location" && byId.TryGetValue(bed.GetProperty("id").GetString()!, out var found))
                {
                    missing.Remove(found);
                    await EmptyAsync(bed, cancel);
                }
            }
        }

        // What is as it shall be already gets no new version.
        Expect(await transport.SendAsync(FhirForm.Places(plan.Shape.Wards, plan.Shape.Clinics, missing), cancel), "The places");
    }

    /// <summary>Makes the clinics' slots and plays the evening before.</summary>
    /// <param name="clock">When the day will be played: its appointments lie in it.</param>
    /// <param name="sink">Is told what became of each event.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="DayRefusedException">The hospital refuses the slots.</exception>
    public async Task EveningAsync(DayClock clock, Action<DayOutcome> sink, CancellationToken cancel)
    {
        var (fhir, hl7) = (new FhirForm(names, clock), new Hl7Form(names, clock));
        foreach (var slots in fhir.Slots(plan.Slots))
        {
            Expect(await transport.SendAsync(slots, cancel), "The slots");
        }

        // In the order of the plan, so that whoever waits for a place waits for nobody behind.
        using var places = new SemaphoreSlim(EveningAtOnce);
        var under = new List<Task>();
        foreach (var what in plan.Events.TakeWhile(static what => what.At < TimeSpan.Zero))
        {
            await places.WaitAsync(cancel);
            under.Add(_done[what.Number] = PlayAsync(what));
        }

        await Task.WhenAll(under);

        async Task<bool> PlayAsync(DayEvent what)
        {
            try
            {
                return await RunAsync(what, fhir, hl7, time.GetTimestamp(), sink, cancel);
            }
            finally
            {
                places.Release();
            }
        }
    }

    /// <summary>Plays the day.</summary>
    /// <param name="clock">When: it begins at its midnight, or now where that is over.</param>
    /// <param name="sink">Is told what became of each event.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task DayAsync(DayClock clock, Action<DayOutcome> sink, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(clock);
        var (fhir, hl7) = (new FhirForm(names, clock), new Hl7Form(names, clock));
        var wait = clock.Midnight - time.GetUtcNow();
        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancel);
        }

        var start = time.GetTimestamp();
        var under = new List<Task>();
        foreach (var what in plan.Events.SkipWhile(static what => what.At < TimeSpan.Zero))
        {
            var due = clock.Due(what.At);
            if (due - time.GetElapsedTime(start) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left, time, cancel);
            }

            under.Add(_done[what.Number] = RunAsync(what, fhir, hl7, start + (long)(due.TotalSeconds * time.TimestampFrequency), sink, cancel));
        }

        await Task.WhenAll(under);
    }

    private async Task<bool> RunAsync(DayEvent what, FhirForm fhir, Hl7Form hl7, long due, Action<DayOutcome> sink, CancellationToken cancel)
    {
        // The plan goes on meanwhile.
        await Task.Yield();
        foreach (var before in what.After)
        {
            if (!await _done[before])
            {
                sink(new DayOutcome(what, null, TimeSpan.Zero, TimeSpan.Zero));
                return false;
            }
        }

        var sent = time.GetTimestamp();
        var answer = what.ByMessage
            ? await transport.SendAsync(hl7.Of(what, time.GetUtcNow()), what.Patient!, cancel)
            : await transport.SendAsync(fhir.Of(what, time.GetUtcNow()), cancel);
        sink(new DayOutcome(what, answer, time.GetElapsedTime(due), time.GetElapsedTime(sent)));
        return answer.Succeeded;
    }

    private async Task EmptyAsync(JsonElement bed, CancellationToken cancel)
    {
        var state = bed.TryGetProperty("operationalStatus", out var status) ? status.GetProperty("code").GetString() : "U";
        if (state == "O")
        {
            var occupancy = bed.GetProperty("extension").EnumerateArray().First(static extension => extension.GetProperty("url").GetString() == "urn:medorleans:bed-occupancy");
            var encounter = occupancy.GetProperty("extension").EnumerateArray().First(static part => part.GetProperty("url").GetString() == "encounter").GetProperty("valueReference").GetProperty("reference").GetString();
            Expect(await transport.SendAsync(new FhirRequest(HttpMethod.Post, $"{encounter}/$discharge", null), cancel), "The discharge of an earlier run's patient");
        }

        if (state is "O" or "H")
        {
            Expect(await transport.SendAsync(new FhirRequest(HttpMethod.Post, $"Location/{bed.GetProperty("id").GetString()}/$release", null), cancel), "The release of a bed");
        }
    }

    private static void Expect(DayAnswer answer, string what)
    {
        if (!answer.Succeeded)
        {
            throw new DayRefusedException($"{what} failed: {answer.Status} {System.Text.Encoding.UTF8.GetString(answer.Body.Span)}");
        }
    }
}
