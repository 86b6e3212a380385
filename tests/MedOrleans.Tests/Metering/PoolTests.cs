using CsCheck;
using MedOrleans.Grains.Pools;
using MedOrleans.Metering.Pools;
using MedOrleans.Plans;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Metering;

public class PoolTests
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Plan s_plan = BuiltInPlans.All[0] with
    {
        Network = new PoolShare(2, 10),
        NetworkBytes = new PoolShare(100, 1000),
        Compute = new PoolShare(100, 1000),
        Sessions = new PoolShare(1, 3),
        Storage = new PoolShare(100, 1000),
        Memory = new PoolShare(1, 2),
    };

    /// <summary>Whatever is asked for and when: a second never gives more than the rate and what had gathered.</summary>
    [Fact]
    public void TokenBucket_AnyArrivals_AdmitsTheRateAndNoMore() => Gen.Select(Gen.Int[1, 50], Gen.Int[0, 400].Array[1, 300]).Sample((rate, gaps) =>
    {
        var bucket = new TokenBucket();
        bucket.Set(rate, rate, 1000);
        long now = 1_000_000;
        var taken = new List<long>();
        foreach (var gap in gaps)
        {
            now += gap;
            var wait = bucket.WaitFor(now);
            Assert.Equal(wait == 0, bucket.TryTake(now));
            if (wait == 0)
            {
                taken.Add(now);
            }
        }

        // In any window: what had gathered, and what came in.
        for (var i = 0; i < taken.Count; i++)
        {
            for (var j = i; j < taken.Count; j += 7)
            {
                Assert.True(j - i + 1 <= rate + ((taken[j] - taken[i]) * rate / 1000.0) + 1.001);
            }
        }
    });

    [Fact]
    public void TokenBucket_Charged_OwesUntilItIsPaid()
    {
        var bucket = new TokenBucket();
        bucket.Set(100, 100, 1000);

        bucket.Charge(0, 300);

        Assert.False(bucket.TryTake(0));
        Assert.False(bucket.TryTake(1999));
        Assert.True(bucket.TryTake(2010));
    }

    [Fact]
    public void Admit_OverBurst_SaysWhichPoolAndWhen()
    {
        var time = new FakeTimeProvider();
        var pools = new TenantPools(s_north, s_plan, new PoolGrants(1, 1), time);

        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(pools.Admit(1, isWrite: false).IsAdmitted));
        var refused = pools.Admit(1, isWrite: false);
        Assert.Equal(PoolKind.Network, refused.Pool);
        Assert.InRange(refused.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(101));

        time.Advance(refused.RetryAfter + TimeSpan.FromMilliseconds(1));
        Assert.True(pools.Admit(1, isWrite: false).IsAdmitted);
        Assert.Equal(1, pools.Throttled(PoolKind.Network));
    }

    [Fact]
    public void Admit_BytesAndComputeOwed_WaitForThem()
    {
        var time = new FakeTimeProvider();
        var pools = new TenantPools(s_north, s_plan, new PoolGrants(1, 1), time);
        pools.ChargeBytes(3000);
        Assert.Equal(PoolKind.Network, pools.Admit(1, isWrite: false).Pool);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(pools.Admit(1, isWrite: false).IsAdmitted);

        pools.ChargeCompute(time.TimestampFrequency * 4);
        Assert.Equal(PoolKind.Compute, pools.Admit(1, isWrite: false).Pool);
        Assert.Equal(PoolKind.Compute, pools.AdmitCompute().Pool);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(pools.AdmitCompute().IsAdmitted);
    }

    [Fact]
    public void Admit_MoreWorkstationsThanThePlanGives_LetsInThoseThatAreThere()
    {
        var time = new FakeTimeProvider();
        var pools = new TenantPools(s_north, s_plan, new PoolGrants(1, 1), time);

        Assert.All(Enumerable.Range(1, 3), station => Assert.True(pools.Admit((ulong)station, isWrite: false).IsAdmitted));
        Assert.Equal(PoolKind.Sessions, pools.Admit(4, isWrite: false).Pool);
        Assert.True(pools.Admit(2, isWrite: false).IsAdmitted);

        // One in another process takes a place here too.
        pools.Sessions.Sweep(time.GetTimestamp() + 1);
        pools.Apply(s_plan, new PoolGrants(1, 1, Sessions: 2, OwnSessions: 0));
        Assert.True(pools.Admit(5, isWrite: false).IsAdmitted);
        Assert.Equal(PoolKind.Sessions, pools.Admit(6, isWrite: false).Pool);
    }

    [Fact]
    public void Storage_FilledByWrites_IsFullBeforeTheNextReport()
    {
        var pools = new TenantPools(s_north, s_plan, new PoolGrants(1, 1, StoredBytes: 900), new FakeTimeProvider());

        Assert.False(pools.IsStorageFull);
        pools.AddStored(99);
        Assert.False(pools.IsStorageFull);
        pools.AddStored(1);
        Assert.True(pools.IsStorageFull);
        pools.Apply(s_plan with { Storage = new PoolShare(100, 2000) }, new PoolGrants(1, 1, StoredBytes: 1000));
        Assert.False(pools.IsStorageFull);
    }

    [Fact]
    public void Grants_OfSeveralProcesses_ShareTheClustersLimit()
    {
        var pools = new TenantPools(s_north, s_plan, new PoolGrants(0.5, 1), new FakeTimeProvider());

        Assert.Equal(5, Enumerable.Range(0, 10).Count(_ => pools.Admit(1, isWrite: false).IsAdmitted));
    }

    [Fact]
    public void Registry_PlanOfAHospitalChanges_HoldsAtOnce()
    {
        var registry = new PoolRegistry(new FakeTimeProvider());

        Assert.Equal("hospital", registry.For(s_north).Plan.Id);
        Assert.Equal("clinic", registry.For(s_north, "clinic").Plan.Id);
        Assert.Equal("hospital", registry.For(s_north, "no such plan").Plan.Id);
    }

    /// <summary>Storms of others: what a hospital is guaranteed waits behind nobody's burst, and is never turned away for it.</summary>
    [Fact]
    public void Turns_GuaranteedWork_NeverWaitsBehindBurst() => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 3].Array[5, 60]).Sample((storm, calls) =>
    {
        var time = new FakeTimeProvider();
        var turns = new FairQueue(slots: 4, burstSlots: 3, backgroundSlots: 1, most: 8, TimeSpan.FromSeconds(10), time);
        var burst = Enumerable.Range(0, storm).Select(_ => turns.EnterAsync(TenantId.Parse("storm"), 1, WorkClass.Burst, default).AsTask()).ToList();
        Assert.True(burst.Count(turn => turn.IsCompletedSuccessfully && turn.Result == Turn.Taken) <= 3);
        var order = new List<string>();
        foreach (var call in calls)
        {
            // One at a time is within its share: its turn is there at once, whoever waits.
            var guaranteed = turns.EnterAsync(s_north, 1, WorkClass.Guaranteed, default);
            Assert.True(guaranteed.IsCompletedSuccessfully);
            Assert.Equal(Turn.Taken, guaranteed.Result);
            if (call == 0)
            {
                burst.Add(turns.EnterAsync(TenantId.Parse("storm"), 1, WorkClass.Burst, default).AsTask());
            }

            turns.Leave(WorkClass.Guaranteed);
        }
    });

    [Fact]
    public async Task Turns_Saturated_GoByWeight()
    {
        var turns = new FairQueue(1, 1, 1, 1000, TimeSpan.FromSeconds(10), new FakeTimeProvider());
        Assert.Equal(Turn.Taken, await turns.EnterAsync(s_north, 1, WorkClass.Burst, default));
        var served = new Dictionary<string, int> { ["light"] = 0, ["heavy"] = 0 };
        async Task WaitAsync(string name, double weight)
        {
            Assert.Equal(Turn.Taken, await turns.EnterAsync(TenantId.Parse(name), weight, WorkClass.Burst, default));
            served[name]++;
        }

        List<Task> waiting = [.. Enumerable.Range(0, 100).Select(_ => WaitAsync("light", 1)), .. Enumerable.Range(0, 100).Select(_ => WaitAsync("heavy", 4))];
        for (var i = 1; i <= 100; i++)
        {
            turns.Leave(WorkClass.Burst);
            var done = i;
            while (waiting.Count(task => task.IsCompleted) < done)
            {
                await Task.WhenAny(waiting.Where(task => !task.IsCompleted));
            }
        }

        Assert.InRange(served["heavy"], 79, 81);
        Assert.Equal(100, served["heavy"] + served["light"]);
    }

    [Fact]
    public async Task Turns_BackgroundWork_YieldsAndTheLeastUrgentIsTurnedAway()
    {
        var turns = new FairQueue(2, 2, 1, 1, TimeSpan.FromSeconds(10), new FakeTimeProvider());
        Assert.Equal(Turn.Taken, await turns.EnterAsync(s_north, 1, WorkClass.Background, default));
        var import = turns.EnterAsync(s_north, 1, WorkClass.Background, default).AsTask();
        Assert.False(import.IsCompleted);
        Assert.Equal(Turn.Taken, await turns.EnterAsync(s_north, 1, WorkClass.Burst, default));

        // All turns are taken and one waits, which is the most: clinical work takes its place in the queue.
        var clinical = turns.EnterAsync(s_north, 1, WorkClass.Burst, default).AsTask();
        Assert.Equal(Turn.Full, await import);
        turns.Leave(WorkClass.Burst);
        Assert.Equal(Turn.Taken, await clinical);
    }

    [Fact]
    public async Task Turns_WaitedTooLongOrGone_LeaveNothingBehind()
    {
        var time = new FakeTimeProvider();
        var turns = new FairQueue(1, 1, 1, 10, TimeSpan.FromSeconds(10), time);
        Assert.Equal(Turn.Taken, await turns.EnterAsync(s_north, 1, WorkClass.Burst, default));
        using var gone = new CancellationTokenSource();
        var patient = turns.EnterAsync(s_north, 1, WorkClass.Burst, default).AsTask();
        var leaver = turns.EnterAsync(s_north, 1, WorkClass.Burst, gone.Token).AsTask();

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(Turn.TooLate, await patient);
        Assert.Equal(0, turns.Waiting);
        turns.Leave(WorkClass.Burst);
        Assert.Equal(0, turns.Active);
    }

    [Fact]
    public void Ledger_OfReports_SumsUseAndKnowsRoles()
    {
        PoolReport Report(double compute, double network, params PoolUse[] uses) => new() { Process = Guid.NewGuid(), Capacity = new PoolCapacity(compute, compute * 10, network, network), Uses = uses };
        var south = TenantId.Parse("south");

        var all = PoolLedgerRules.Sum(
        [
            Report(2000, 0, new PoolUse(s_north, 5, 7, 100, 0, 0, 0)),
            Report(2000, 20_000, new PoolUse(s_north, 1, 2, 100, 3, 30, 4), new PoolUse(south, 1, 1, 1, 1, 1, 1)),
            Report(0, 20_000, new PoolUse(s_north, 0, 0, 90, 2, 20, 1)),
        ]);

        Assert.Equal((2, 2, new PoolCapacity(4000, 40_000, 40_000, 40_000)), (all.Gateways, all.Silos, all.Capacity));
        Assert.Equal([new PoolUse(s_north, 6, 9, 100, 5, 50, 5), new PoolUse(south, 1, 1, 1, 1, 1, 1)], all.Uses);
    }
}
