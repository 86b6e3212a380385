using MedOrleans.Gateway.Console;

namespace MedOrleans.Tests.Gateway.Console;

public sealed class ConsoleTextTests
{
    [Theory]
    [InlineData(0, "bytes", "0 B")]
    [InlineData(999, "bytes", "999 B")]
    [InlineData(1_234, "bytes", "1.23 kB")]
    [InlineData(2_000_000_000_000, "bytes", "2 TB")]
    [InlineData(12_345_678, "bytes/s", "12.3 MB/s")]
    [InlineData(1_234_567, "call", "1,234,567 calls")]
    [InlineData(1, "call", "1 call")]
    [InlineData(1, "workstations", "1 workstation")]
    [InlineData(0.256, "requests/s", "0.26/s")]
    [InlineData(90_000, "millisecond", "1.5 min")]
    [InlineData(12.34, "grain milliseconds/s", "12.3 ms/s")]
    public void Quantity_OfAnyUnit_IsShortAndSaysIt(double quantity, string unit, string text) => Assert.Equal(text, ConsoleText.Quantity(quantity, unit));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.3, 0.5)]
    [InlineData(1, 1)]
    [InlineData(30, 50)]
    [InlineData(51, 100)]
    [InlineData(199_999, 200_000)]
    public void ScaleOf_AValue_IsRoundAndHoldsIt(double value, double top) => Assert.Equal(top, ConsoleText.ScaleOf(value), 9);

    [Fact]
    public void Time_OfAnotherZone_IsUtc() =>
        Assert.Equal("2026-11-26 02:05:06Z", ConsoleText.Time(new DateTimeOffset(2026, 11, 26, 3, 5, 6, TimeSpan.FromHours(1))));
}
