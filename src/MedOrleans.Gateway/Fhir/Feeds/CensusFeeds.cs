using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MedOrleans.Gateway.Fhir.Feeds;

/// <summary>The beds of a ward at one moment.</summary>
/// <param name="Id">A fingerprint of the beds and their versions: the same beds in the same versions have the same.</param>
/// <param name="Beds">The beds, by name.</param>
internal sealed record CensusMoment(string Id, IReadOnlyList<StoredVersion> Beds)
{
    /// <summary>A moment of these beds.</summary>
    public static CensusMoment Of(IReadOnlyList<StoredVersion> beds)
    {
        var text = new StringBuilder();
        foreach (var bed in beds)
        {
            text.Append(CultureInfo.InvariantCulture, $"{bed.Id}/{bed.Version};");
        }

        return new CensusMoment(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 12)), beds);
    }
}

/// <summary>
/// Looks after the wards that somebody follows: one look for all of a gateway's followers of a ward, several times a second, at the beds' versions. A follower that is slow sees the latest
/// state next and no queue grows.
/// </summary>
internal sealed partial class CensusFeeds : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(300);

    // Beds come and go seldom.
    private static readonly TimeSpan s_membership = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<(TenantId Tenant, string Ward), Ward> _wards = [];
    private readonly Dictionary<TenantId, int> _followers = [];
    private readonly WardCensus _census;
    private readonly TimeProvider _time;
    private readonly ILogger<CensusFeeds> _logger;
    private readonly int _most;
    private readonly Meter _meter;

    public CensusFeeds(WardCensus census, IOptions<FhirOptions> options, IMeterFactory meters, TimeProvider time, ILogger<CensusFeeds> logger)
    {
        (_census, _time, _logger, _most) = (census, time, logger, options.Value.MaxCensusFeeds);
        _meter = meters.Create("MedOrleans");
        _meter.CreateObservableUpDownCounter("medorleans.census.followers", Followers, "{follower}", "Open census feeds, by hospital.");
    }

    /// <summary>Begins to follow a ward; null where the hospital has as many feeds here as it may.</summary>
    public Follower? Follow(TenantId tenant, string ward, IRecordStore store)
    {
        lock (_lock)
        {
            var followers = _followers.GetValueOrDefault(tenant);
            if (followers >= _most)
            {
                return null;
            }

            _followers[tenant] = followers + 1;
            if (!_wards.TryGetValue((tenant, ward), out var watched))
            {
                _wards[(tenant, ward)] = watched = new Ward(tenant, ward);
                watched.Looking = LookAsync(watched, store);
            }

            watched.Followers++;
            return new Follower(this, watched);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Leave(Ward ward)
    {
        lock (_lock)
        {
            if (_followers[ward.Tenant] == 1)
            {
                _followers.Remove(ward.Tenant);
            }
            else
            {
                _followers[ward.Tenant]--;
            }

            if (--ward.Followers == 0)
            {
                _wards.Remove((ward.Tenant, ward.Id));
                ward.Stop.Cancel();
            }
        }
    }

    private IEnumerable<Measurement<int>> Followers()
    {
        lock (_lock)
        {
            return [.. _followers.Select(pair => new Measurement<int>(pair.Value, new KeyValuePair<string, object?>("tenant", pair.Key.Value)))];
        }
    }

    private async Task LookAsync(Ward ward, IRecordStore store)
    {
        await Task.Yield();
        IReadOnlyList<string> beds = [];
        long? read = null;
        try
        {
            while (!ward.Stop.IsCancellationRequested)
            {
                try
                {
                    if (read is not { } then || _time.GetElapsedTime(then) > s_membership)
                    {
                        beds = await _census.BedsAsync(store, ward.Tenant, ward.Id, ward.Stop.Token);
                        read = _time.GetTimestamp();
                    }

                    ward.Show(CensusMoment.Of(await WardCensus.ReadAsync(store, ward.Tenant, beds, ward.Stop.Token)));
                }
                catch (RecordStoreException fault) when (fault.IsTransient)
                {
                    // What was shown last is shown until the database answers again.
                }

                await Task.Delay(s_look, _time, ward.Stop.Token);
            }
        }
        catch (OperationCanceledException) when (ward.Stop.IsCancellationRequested)
        {
        }
#pragma warning disable CA1031 // Whoever follows the ward is told that it cannot be.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            LogFailed(_logger, fault, ward.Tenant.Value);
            ward.Fail(fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A ward of {Tenant} can no longer be followed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string tenant);

    /// <summary>A ward that somebody follows.</summary>
    internal sealed class Ward(TenantId tenant, string id)
    {
        private TaskCompletionSource<CensusMoment> _next = New();
        private volatile CensusMoment? _now;

        public TenantId Tenant => tenant;

        public string Id => id;

        public int Followers { get; set; }

        public Task? Looking { get; set; }

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>The first moment that is another than one that was seen.</summary>
        public async Task<CensusMoment> AfterAsync(string? seen, CancellationToken cancel)
        {
            while (true)
            {
                var next = Volatile.Read(ref _next).Task;
                if (_now is { } now && now.Id != seen)
                {
                    return now;
                }

                await next.WaitAsync(cancel);
            }
        }

        public void Show(CensusMoment moment)
        {
            if (moment.Id != _now?.Id)
            {
                _now = moment;
                Interlocked.Exchange(ref _next, New()).TrySetResult(moment);
            }
        }

        public void Fail(Exception fault) => Volatile.Read(ref _next).TrySetException(fault);

        private static TaskCompletionSource<CensusMoment> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One that follows a ward, until it is disposed.</summary>
    internal sealed class Follower(CensusFeeds feeds, Ward ward) : IDisposable
    {
        private bool _gone;

        /// <summary>The ward as it is once it is another than it was seen last; null for the first look.</summary>
        public Task<CensusMoment> AfterAsync(string? seen, CancellationToken cancel) => ward.AfterAsync(seen, cancel);

        /// <inheritdoc/>
        public void Dispose()
        {
            if (!_gone)
            {
                _gone = true;
                feeds.Leave(ward);
            }
        }
    }
}
