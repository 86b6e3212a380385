namespace MedOrleans.Tests.Wire;

/// <summary>Silos of two releases run side by side while one replaces the other: what the earlier one says and hears must stay.</summary>
public sealed class WireManifestTests
{
    private static readonly string s_file = Path.Combine(AppContext.BaseDirectory, "Wire", "manifest.txt");

    [Fact]
    public void Release_WhatTheEarlierOneSpeaks_IsStillSpoken()
    {
        var gone = File.ReadAllLines(s_file).Except(WireManifest.Lines()).ToList();

        Assert.True(gone.Count == 0, $"A release may add to what is spoken, and take nothing away that another may still say (decision 22):\n{string.Join('\n', gone)}");
    }

    [Fact]
    public void Release_WhatIsNewlySpoken_IsInTheManifest()
    {
        var added = WireManifest.Lines().Except(File.ReadAllLines(s_file)).ToList();
        if (added.Count > 0 && Environment.GetEnvironmentVariable("MEDORLEANS_MANIFEST") is { Length: > 0 } file)
        {
            File.WriteAllLines(file, WireManifest.Lines());
        }

        Assert.True(added.Count == 0, $"These lines belong into tests/MedOrleans.Tests/Wire/manifest.txt (MEDORLEANS_MANIFEST=that file writes them):\n{string.Join('\n', added)}");
    }

    [Fact]
    public void Names_OnTheWire_AreGivenNotDerived() => Assert.DoesNotContain(WireManifest.Lines(), line => line.Contains("NO ALIAS", StringComparison.Ordinal));
}
