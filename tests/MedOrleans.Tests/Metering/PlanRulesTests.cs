using MedOrleans.Grains.Tenants;
using MedOrleans.Metering.Pools;
using MedOrleans.Plans;

namespace MedOrleans.Tests.Metering;

/// <summary>What a plan may say, and which one a hospital has when.</summary>
public sealed class PlanRulesTests
{
    private static readonly DateTimeOffset s_created = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void BuiltInPlans_HaveNoMistakes_AndGrowInOrder()
    {
        Assert.Equal(["clinic", "hospital", "university"], BuiltInPlans.All.Select(plan => plan.Id));
        Assert.All(BuiltInPlans.All, plan => Assert.Empty(PlanRules.Mistakes(plan)));
        Assert.All(BuiltInPlans.All.Zip(BuiltInPlans.All.Skip(1)), pair =>
            Assert.True(pair.First.Weight < pair.Second.Weight && pair.First.Network.Guaranteed < pair.Second.Network.Guaranteed));
    }

    [Fact]
    public void Mistakes_AreAllSaidAtOnce_EachWithItsMember()
    {
        var plan = BuiltInPlans.All[0] with { Id = "9", Name = " ", Weight = 0, Network = new PoolShare(10, 5), Storage = new PoolShare(-1, 5), Sessions = new PoolShare(double.NaN, 5) };

        Assert.Equal(
            ["id", "name", "weight", "storage", "network", "sessions"],
            PlanRules.Mistakes(plan).Select(mistake => mistake[..mistake.IndexOf(':', StringComparison.Ordinal)]));
    }

    [Fact]
    public void Plans_HospitalOfBeforePlans_HasHadTheDefaultSinceItWasCreated() =>
        Assert.Equal([new PlanPeriod("hospital", s_created)], TenantRules.Plans(new TenantState { Created = s_created }));

    [Fact]
    public void ChangePlan_ToAnother_BeginsAPeriod_ToTheSame_ChangesNothing()
    {
        var state = new TenantState { Created = s_created };

        state.Plans = TenantRules.ChangePlan(state, "university", s_created.AddDays(3))!;

        Assert.Equal([new PlanPeriod("hospital", s_created), new PlanPeriod("university", s_created.AddDays(3))], state.Plans);
        Assert.Null(TenantRules.ChangePlan(state, "university", s_created.AddDays(4)));
    }

    [Fact]
    public void ChangePlan_ClockStepsBack_PeriodsStayInOrder()
    {
        var state = new TenantState { Created = s_created, Plans = [new PlanPeriod("clinic", s_created)] };

        Assert.Equal(s_created, TenantRules.ChangePlan(state, "hospital", s_created.AddMinutes(-5))![^1].From);
    }
}
