using System.Diagnostics.Metrics;
using MedOrleans.Cluster;
using MedOrleans.Scaling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Elasticity.Local;

/// <summary>
/// Keeps as many silos on this machine as the autoscaler wants: starts them, drains them, and starts again what ended by itself. Told to stop, it stops them in turn; killed, it leaves
/// them to the next. One supervisor a pool: two would both add what is missing.
/// </summary>
internal sealed partial class SiloSupervisor(
    SiloTemplate template, SupervisorOptions options, ScalingOptions scaling, string pool, IGrainFactory grains, IMeterFactory meters, TimeProvider time, ILogger<SiloSupervisor> logger) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    // A silo that ran this long has started well, whatever ended it then.
    private static readonly TimeSpan s_well = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, (Place Place, SiloProcess? Silo)> _places = [];
    private readonly Dictionary<int, int> _falls = [];
    private readonly Counter<long> _restarts = meters.Create("MedOrleans").CreateCounter<long>("medorleans.supervisor.restarts", "{silo}", "Silos that ended by themselves and were started again.");
    private FileStream? _lock;
    private int? _wanted;

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(template.Folder);
        _lock = new FileStream(Path.Combine(template.Folder, "supervisor.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        foreach (var (number, silo) in SiloProcess.Find(template))
        {
            LogFound(logger, number, silo.Id);
            _places[number] = (new Place(number, PlaceState.Running, time.GetUtcNow()), silo);
        }

        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // In turn, so that each can give to the others what it has; the last has nobody to give to here.
        foreach (var (number, (_, silo)) in _places.OrderByDescending(place => place.Key).Where(place => place.Value.Silo is { HasEnded: false }).ToList())
        {
            LogStops(logger, number);
            silo!.Stop();
            try
            {
                await silo.Ended.WaitAsync(options.StopLimit, time, cancellationToken);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                silo.Stop();
                try
                {
                    await silo.Ended.WaitAsync(s_patience, time, CancellationToken.None);
                }
                catch (TimeoutException)
                {
                    silo.Kill();
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var (_, silo) in _places.Values)
        {
            silo?.Dispose();
        }

        _lock?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Without waiting for the first answer: there is nobody to ask before there is a silo.
        using var timer = new PeriodicTimer(s_period, time);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // StopAsync goes on.
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        Sweep();
        await AskAsync(cancel);
        var now = time.GetUtcNow();
        var plan = SupervisorRules.Plan([.. _places.Values.Select(place => place.Place)], _wanted ?? Math.Max(scaling.RangeOf(pool).Min, _places.Count), options, now);
        foreach (var number in plan.Free)
        {
            _places.Remove(number);
        }

        foreach (var number in plan.Stop)
        {
            var (place, silo) = _places[number];
            LogStops(logger, number);
            silo!.Stop();
            _places[number] = (place.State == PlaceState.Leaving ? place with { Signals = place.Signals + 1 } : new Place(number, PlaceState.Leaving, now, Signals: 1), silo);
        }

        foreach (var number in plan.Kill)
        {
            LogKills(logger, number);
            _places[number].Silo!.Kill();
        }

        foreach (var number in plan.Start)
        {
            Start(number, now);
        }
    }

    /// <summary>Notices what has ended.</summary>
    private void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var (number, (place, silo)) in _places.Where(place => place.Value.Silo is { HasEnded: true }).ToList())
        {
            if (place.State == PlaceState.Leaving)
            {
                LogLeft(logger, number, silo!.ExitCode);
                _places.Remove(number);
            }
            else
            {
                _falls[number] = now - place.Since >= s_well ? 1 : _falls.GetValueOrDefault(number) + 1;
                var wait = SupervisorRules.Wait(_falls[number], options);
                LogFell(logger, number, silo!.ExitCode, wait, silo.LastLine);
                _places[number] = (new Place(number, PlaceState.Waiting, now, now + wait), null);
            }

            silo.Dispose();
        }
    }

    private void Start(int number, DateTimeOffset now)
    {
        if (_places.ContainsKey(number))
        {
            _restarts.Add(1);
        }

        try
        {
            var silo = SiloProcess.Start(template, options, number);
            LogStarted(logger, number, silo.Id);
            _places[number] = (new Place(number, PlaceState.Running, now), silo);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            _falls[number] = _falls.GetValueOrDefault(number) + 1;
            _places[number] = (new Place(number, PlaceState.Waiting, now, now + SupervisorRules.Wait(_falls[number], options)), null);
            LogNotStarted(logger, number, e);
        }
    }

    /// <summary>Asks how many silos are wanted, and how many of them others have. What was last known holds while nobody answers.</summary>
    private async Task AskAsync(CancellationToken cancel)
    {
        try
        {
            if (await grains.GetGrain<IScalingGrain>(IScalingGrain.Key).WantedAsync(pool).AsTask().WaitAsync(s_patience, time, cancel) is { } wanted)
            {
                var own = _places.Keys.Select(template.Address).ToHashSet(StringComparer.Ordinal);
                var all = await grains.GetGrain<ISiloPoolsGrain>(ISiloPoolsGrain.Key).ListAsync().WaitAsync(s_patience, time, cancel);
                _wanted = Math.Max(0, wanted - all.Count(silo => silo.Pool == pool && !own.Contains(silo.Address)));
            }
        }
#pragma warning disable CA1031 // A cluster that cannot be asked now, or is not there yet, is asked again.
        catch (Exception) when (!cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            // What was wanted is wanted.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Number} runs already, as process {Process}.")]
    private static partial void LogFound(ILogger logger, int number, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Number} is started, as process {Process}.")]
    private static partial void LogStarted(ILogger logger, int number, int process);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Number} is told to stop.")]
    private static partial void LogStops(ILogger logger, int number);

    [LoggerMessage(Level = LogLevel.Information, Message = "Silo {Number} has left, exit code {Code}.")]
    private static partial void LogLeft(ILogger logger, int number, int? code);

    [LoggerMessage(Level = LogLevel.Error, Message = "Silo {Number} ended by itself, exit code {Code}; it is started again after {Wait}. Its last line: {Line}")]
    private static partial void LogFell(ILogger logger, int number, int? code, TimeSpan wait, string line);

    [LoggerMessage(Level = LogLevel.Error, Message = "Silo {Number} cannot be started now.")]
    private static partial void LogNotStarted(ILogger logger, int number, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Silo {Number} does not stop and is killed.")]
    private static partial void LogKills(ILogger logger, int number);
}
