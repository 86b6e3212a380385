using MedOrleans.Gateway.Fhir;

namespace MedOrleans.Tests.Gateway.Fhir;

public class ConditionsTests
{
    private static readonly DateTimeOffset s_changed = new(2026, 1, 31, 8, 0, 0, 250, TimeSpan.Zero);

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("W/\"3\"", 3L)]
    [InlineData("\"3\"", 3L)]
    public void IfMatch_ETagOfAVersion_IsRead(string? header, long? version)
    {
        Assert.True(Conditions.TryReadIfMatch(header, out var read));
        Assert.Equal(version, read);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("W/\"three\"")]
    [InlineData("W/\"1\", W/\"2\"")]
    public void IfMatch_AnythingElse_IsRefused(string header) => Assert.False(Conditions.TryReadIfMatch(header, out _));

    [Theory]
    [InlineData("W/\"3\"", true)]
    [InlineData("W/\"1\", W/\"3\"", true)]
    [InlineData("*", true)]
    [InlineData("W/\"2\"", false)]
    public void IfNoneMatch_CurrentVersion_IsNotModified(string header, bool notModified) =>
        Assert.Equal(notModified, Conditions.IsNotModified(header, default, 3, s_changed));

    [Theory]
    [InlineData("Sat, 31 Jan 2026 08:00:00 GMT", true)]
    [InlineData("Sat, 31 Jan 2026 07:59:59 GMT", false)]
    [InlineData("yesterday", false)]
    public void IfModifiedSince_WholeSeconds_AreCompared(string header, bool notModified) =>
        Assert.Equal(notModified, Conditions.IsNotModified(default, header, 3, s_changed));

    [Fact]
    public void IfModifiedSince_BesideIfNoneMatch_IsIgnored() =>
        Assert.False(Conditions.IsNotModified("W/\"2\"", "Sat, 31 Jan 2026 08:00:00 GMT", 3, s_changed));
}
