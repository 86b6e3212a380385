using CsCheck;
using MedOrleans.Grains.Placement;

namespace MedOrleans.Tests.Grains;

/// <summary>How a pool's activations are levelled.</summary>
public sealed class LevelRulesTests
{
    private static readonly Gen<int[]> s_silos = Gen.Int[0, 20_000].Array[2, 12];

    [Fact]
    public void Moves_SiloJoins_TakesUpToItsShare() => Assert.Equal([("new", 200)], LevelRules.Moves(400, [("new", 0, 2000)]));

    [Fact]
    public void Moves_OneLacksWhatSeveralHaveALittleTooMuch_SendsItsPart() => Assert.Equal([("new", 47)], LevelRules.Moves(197, [("a", 197, 2000), ("b", 197, 2000), ("new", 9, 2000)]));

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 32)]
    [InlineData(32, 200)]
    public void Moves_ToASiloThatHadFewOfThisOnes_BeginSmallAndGrow(int sent, int expected) => Assert.Equal([("new", expected)], LevelRules.Moves(400, [("new", 0, sent)]));

    [Fact]
    public void Moves_OthersHaveMore_SendsNothing() => Assert.Empty(LevelRules.Moves(100, [("a", 100, 0), ("b", 900, 0)]));

    [Fact]
    public void Moves_NearlyLevel_SendsNothing() => Assert.Empty(LevelRules.Moves(1_080, [("a", 1_000, 0), ("b", 1_000, 0)]));

    [Fact]
    public void Moves_AllSilosAtOnce_NeitherOvershootNorComeFromBelowTheMean() => s_silos.Sample(silos =>
    {
        var mean = silos.Average();
        var after = (int[])silos.Clone();
        for (var own = 0; own < silos.Length; own++)
        {
            foreach (var (to, count) in LevelRules.Moves(silos[own], [.. Enumerable.Range(0, silos.Length).Where(silo => silo != own).Select(silo => (silo, silos[silo], 2000))]))
            {
                after[own] -= count;
                after[to] += count;
            }
        }

        Assert.Equal(silos.Sum(), after.Sum());
        Assert.All(Enumerable.Range(0, silos.Length), silo =>
            Assert.True(silos[silo] >= mean ? after[silo] >= mean - 1 && after[silo] <= silos[silo] : after[silo] >= silos[silo] && after[silo] <= mean + 1));
    });
}
