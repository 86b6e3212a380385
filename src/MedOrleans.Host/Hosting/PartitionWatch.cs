using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace MedOrleans.Host.Hosting;

/// <summary>
/// Ends a cut between two silos that a third reaches both of. Each of the two votes against the other, which is one vote less than an eviction takes, and
/// calls between them would fail for as long as the network is cut: so the younger of the two leaves, in order, and stays away until it reaches everybody.
/// </summary>
internal sealed partial class PartitionWatch(IServiceProvider services, ILocalSiloDetails self, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<PartitionWatch> logger) : BackgroundService
{
    // Votes are repeated with every probe that fails.
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var table = services.GetRequiredService<IMembershipTable>();
        using var timer = new PeriodicTimer(s_interval, time);
        SiloAddress? before = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var rival = Rival([.. (await table.ReadAllAsync(stoppingToken)).Members.Select(member => member.Item1)], self.SiloAddress, time.GetUtcNow().UtcDateTime);
                if (rival is not null && rival.Equals(before))
                {
                    LogLeaving(logger, rival);
                    lifetime.StopApplication();
                    return;
                }

                before = rival;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The database is away: nobody can vote either.
                LogUnread(logger, e);
            }
        }
    }

    /// <summary>The older silo that this one does not reach and that does not reach this one; null where there is none.</summary>
    /// <param name="members">The membership table.</param>
    /// <param name="self">This silo.</param>
    /// <param name="now">The time.</param>
    internal static SiloAddress? Rival(IReadOnlyList<MembershipEntry> members, SiloAddress self, DateTime now)
    {
        var mine = members.FirstOrDefault(member => member.SiloAddress.Equals(self) && member.Status == SiloStatus.Active);
        return mine is null ? null : members.FirstOrDefault(other => other.Status == SiloStatus.Active && !other.SiloAddress.Equals(self) && Suspects(other, mine) && Suspects(mine, other) && IsOlder(other, mine))?.SiloAddress;

        bool Suspects(MembershipEntry one, MembershipEntry another) => another.SuspectTimes?.Any(vote => vote.Item1.Equals(one.SiloAddress) && now - vote.Item2 < s_fresh) == true;
    }

    private static bool IsOlder(MembershipEntry one, MembershipEntry another) =>
        one.StartTime != another.StartTime ? one.StartTime < another.StartTime : one.SiloAddress.CompareTo(another.SiloAddress) < 0;

    [LoggerMessage(Level = LogLevel.Critical, Message = "The network between this silo and {Rival} is cut, while others reach both: this one is the younger and leaves.")]
    private static partial void LogLeaving(ILogger logger, SiloAddress rival);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The membership table was not read.")]
    private static partial void LogUnread(ILogger logger, Exception exception);
}
