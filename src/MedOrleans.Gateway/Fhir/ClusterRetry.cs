using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// Tries again what may be tried again: a silo that died or drains, a database that starts anew. It goes on for <see cref="FhirOptions.RetryFor"/>, as
/// long as others take to step in. Who has too much to do already is asked three times at most.
/// </summary>
internal sealed class ClusterRetry(IOptions<FhirOptions> options, TimeProvider time)
{
    private const int OverloadTries = 3;
    private const int MostAsked = 3;

    /// <summary>
    /// How long an answer is waited for before the same is asked again beside it. A silo that died with the question, or with the answer on its way through it, never says so: Orleans itself waits
    /// 30 s. The first answer counts, whoever gives it.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(640);

    /// <summary>Whether the same call may succeed a little later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        RecordStoreException store => store.IsTransient,
        TimeoutException or SiloUnavailableException or OrleansMessageRejectionException or GatewayTooBusyException
            or ConnectionFailedException or ClientNotAvailableException => true,
        RecordUnavailableException unavailable => unavailable.IsTransient,
        _ => false,
    };

    /// <summary>Makes a call that has one effect however often it is made.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="patience">How long an answer is waited for; <see cref="Patience"/> without it.</param>
    /// <param name="limit">How long it is tried again; <see cref="FhirOptions.RetryFor"/> without it.</param>
    public Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancel, TimeSpan? patience = null, TimeSpan? limit = null) => RunAsync(_ => call(), cancel, patience, limit);

    /// <inheritdoc cref="RunAsync{T}(Func{Task{T}}, CancellationToken, TimeSpan?, TimeSpan?)"/>
    /// <remarks>The call hears whether it was made before.</remarks>
    public async Task<T> RunAsync<T>(Func<bool, Task<T>> call, CancellationToken cancel, TimeSpan? patience = null, TimeSpan? limit = null)
    {
        var start = time.GetTimestamp();
        var asked = new List<Task<T>>(1);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (asked.Count == MostAsked)
                    {
                        // Nobody counts on the oldest any more.
                        asked[0].Ignore();
                        asked.RemoveAt(0);
                    }

                    asked.Add(call(attempt > 1));
                    var answer = asked is [var only] ? only : Task.WhenAny(asked).Unwrap();
                    return await answer.WaitAsync(patience ?? Patience, time, cancel);
                }
                catch (Exception exception) when (IsTransient(exception) && (IsRefusal(exception) ? attempt < OverloadTries : time.GetElapsedTime(start) < (limit ?? options.Value.RetryFor)))
                {
                    asked.RemoveAll(static call => call.IsFaulted || call.IsCanceled);

                    // The jitter keeps a gateway's callers from coming back all at once.
#pragma warning disable CA5394 // No secret depends on it.
                    var pause = s_firstPause * Math.Pow(2, attempt - 1) * (0.5 + Random.Shared.NextDouble());
#pragma warning restore CA5394
                    await Task.Delay(pause < s_longestPause ? pause : s_longestPause, time, cancel);
                }
            }
        }
        finally
        {
            asked.ForEach(static late => late.Ignore());
        }
    }

    /// <summary>Awaits the store's answer to what changes nothing, and asks again where the database failed.</summary>
    public async ValueTask<T> AgainAsync<T>(ValueTask<T> first, Func<ValueTask<T>> next, CancellationToken cancel)
    {
        try
        {
            return await first;
        }
        catch (RecordStoreException exception) when (exception.IsTransient)
        {
            return await RunAsync(() => next().AsTask(), cancel);
        }
    }

    /// <summary>Whether somebody answered, and said that he cannot: too much to do, or no silo of the hospital's pool.</summary>
    private static bool IsRefusal(Exception exception) => exception is GatewayTooBusyException or RecordUnavailableException { IsRefusal: true };
}
