using System.Net;
using MedOrleans.Host.Hosting;
using Orleans;
using Orleans.Runtime;

namespace MedOrleans.Tests.Host;

/// <summary>Who leaves when two silos do not reach each other.</summary>
public sealed class PartitionWatchTests
{
    private static readonly DateTime s_now = new(2026, 11, 27, 3, 0, 0, DateTimeKind.Utc);
    private static readonly SiloAddress s_older = Silo(1);
    private static readonly SiloAddress s_younger = Silo(2);
    private static readonly SiloAddress s_third = Silo(3);

    [Fact]
    public void Rival_EachVotesAgainstTheOther_IsTheOlderOfTheTwo()
    {
        MembershipEntry[] members = [Entry(s_older, 0, s_younger), Entry(s_younger, 1, s_older), Entry(s_third, 2)];

        Assert.Equal(s_older, PartitionWatch.Rival(members, s_younger, s_now));
        Assert.Null(PartitionWatch.Rival(members, s_older, s_now));
        Assert.Null(PartitionWatch.Rival(members, s_third, s_now));
    }

    [Fact]
    public void Rival_OneVoteAlone_IsNobody() =>
        Assert.Null(PartitionWatch.Rival([Entry(s_older, 0, s_younger), Entry(s_younger, 1), Entry(s_third, 2)], s_younger, s_now));

    [Fact]
    public void Rival_VotesThatAreOld_IsNobody()
    {
        MembershipEntry[] members = [Entry(s_older, 0, s_younger), Entry(s_younger, 1, s_older)];

        Assert.Null(PartitionWatch.Rival(members, s_younger, s_now.AddSeconds(11)));
    }

    [Fact]
    public void Rival_ThatIsDead_IsNobody()
    {
        var dead = Entry(s_older, 0, s_younger);
        dead.Status = SiloStatus.Dead;

        Assert.Null(PartitionWatch.Rival([dead, Entry(s_younger, 1, s_older)], s_younger, s_now));
    }

    [Fact]
    public void Rival_StartedAtOneMoment_ExactlyOneLeaves()
    {
        MembershipEntry[] members = [Entry(s_older, 0, s_younger), Entry(s_younger, 0, s_older)];

        Assert.Single(new[] { s_older, s_younger }, silo => PartitionWatch.Rival(members, silo, s_now) is not null);
    }

    private static SiloAddress Silo(int number) => SiloAddress.New(new IPEndPoint(IPAddress.Parse($"10.0.0.{number}"), 11111), number);

    private static MembershipEntry Entry(SiloAddress silo, int startedAfter, params SiloAddress[] suspectedBy) => new()
    {
        SiloAddress = silo,
        Status = SiloStatus.Active,
        StartTime = s_now.AddHours(-1).AddMinutes(startedAfter),
        SuspectTimes = [.. suspectedBy.Select(by => Tuple.Create(by, s_now.AddSeconds(-1)))],
    };
}
