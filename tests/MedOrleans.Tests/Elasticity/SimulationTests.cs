using MedOrleans.Elasticity;
using MedOrleans.Elasticity.Simulation;

namespace MedOrleans.Tests.Elasticity;

public sealed class SimulationTests
{
    [Fact]
    public void Year_OfOneSeed_IsTheSameEachTime()
    {
        var (one, again, other) = (HospitalYear.Make(10, 7), HospitalYear.Make(10, 7), HospitalYear.Make(10, 8));

        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
        Assert.True(one.All(float.IsFinite) && one.Min() > 0);
    }

    [Fact]
    public void Year_OfHospitals_IsBusyInTheMorningAndQuietAtNight()
    {
        var work = HospitalYear.Make(100, 7);

        // Tuesday, the 10th of March.
        var tuesday = (int)(new DateTimeOffset(2026, 3, 10, 0, 0, 0, TimeSpan.Zero) - HospitalYear.Start).TotalMinutes;
        Assert.InRange(work[tuesday + (9 * 60)] / work[tuesday + (3 * 60)], 3, 12);
        Assert.True(work[tuesday + (5 * 24 * 60) + (9 * 60)] < 0.75 * work[tuesday + (9 * 60)], "Sunday is as busy as Tuesday.");
    }

    [Fact]
    public void Policy_OverAYear_MissesLittleAndCostsMuchLessThanAFixedCluster()
    {
        var work = HospitalYear.Make(1000, 7);
        var options = new ScalingOptions { Max = 10_000 };
        var (policy, blind) = (Simulator.Run("policy", work, HospitalYear.Start, options), Simulator.Run("blind", work, HospitalYear.Start, new ScalingOptions { Max = 10_000, ForecastWeeks = 0 }));
        var ideal = Simulator.Ideal(work, 1);
        var whole = Simulator.Fixed("fixed", work, ideal.Peak);

        Assert.Equal(0, whole.MissedMinutes);
        Assert.True(policy.MissedMinutes < 0.001 * work.Length, $"{policy.MissedMinutes} minutes missed");
        Assert.True(policy.MissedMinutes <= blind.MissedMinutes, $"{policy.MissedMinutes} with forecast, {blind.MissedMinutes} without");
        Assert.True(policy.SiloHours < 0.8 * whole.SiloHours, $"{policy.SiloHours:N0} silo-hours of {whole.SiloHours:N0}");
        Assert.True(policy.SiloHours > ideal.SiloHours);
        Assert.Equal(policy.Silos.Sum(static silo => (long)silo) / 60.0, policy.SiloHours, 3);
    }

    [Fact]
    public void History_OfWeeks_ExpectsTheMeanOfTheSameQuarters()
    {
        var history = new DemandHistory(2);
        var now = new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero);
        Assert.Null(history.Expect(now, TimeSpan.FromMinutes(15)));
        history.Add(now.AddDays(-21), 90);
        history.Add(now.AddDays(-14), 2);
        history.Add(now.AddDays(-7), 4);
        history.Add(now.AddDays(-7).AddMinutes(3), 3);
        history.Add(now.AddDays(-7).AddMinutes(20), 5);

        Assert.Equal(3, history.Expect(now, TimeSpan.FromMinutes(5)));
        Assert.Equal(5, history.Expect(now, TimeSpan.FromMinutes(15)));
        Assert.Equal(new DemandHistory(2, history.Kept).Expect(now, TimeSpan.FromMinutes(15)), history.Expect(now, TimeSpan.FromMinutes(15)));
    }

    [Fact]
    public void RecordedWork_OfACsv_HoldsEachValueUntilTheNext()
    {
        var (work, start) = RecordedWork.Read(["time,silos", "2026-01-01T00:00:00Z,1.5", "2026-01-01T00:03:00Z,2"]);

        Assert.Equal([1.5f, 1.5f, 1.5f, 2f], work);
        Assert.Equal(HospitalYear.Start, start);
    }

    [Theory]
    [InlineData("line 2: is not time,silos", "2026-01-01,1", "tomorrow,1")]
    [InlineData("line 2: is not time,silos", "2026-01-01,1", "2026-01-02,-1")]
    [InlineData("line 2: is not later", "2026-01-01,1", "2026-01-01,1")]
    [InlineData("there are fewer than two", "2026-01-01,1")]
    public void RecordedWork_ThatCannotBeRead_SaysWhere(string mistake, params string[] lines) =>
        Assert.StartsWith(mistake, Assert.Throws<FormatException>(() => RecordedWork.Read(lines)).Message, StringComparison.Ordinal);
}
