using System.Globalization;
using CsCheck;
using MedOrleans.Record.Search;

namespace MedOrleans.Tests.Search;

public class IndexKeyTests
{
    [Theory]
    [InlineData("Müller", "muller")]
    [InlineData("  Anne \t Marie ", "anne marie")]
    [InlineData("Nguyễn Văn", "nguyen van")]
    [InlineData("Łódź Straße Ærø", "lodz strasse aero")]
    [InlineData("E\u0301va", "eva")]
    [InlineData("Ｆｕｌｌ", "full")]
    [InlineData("Ελένη", "ελενη")]
    [InlineData("Фёдор", "федор")]
    [InlineData("李小龙", "李小龙")]
    public void Folded_Words_AreComparable(string words, string expected) => Assert.Equal(expected, IndexKeys.Folded(words));

    [Fact]
    public void String_AnyTextAndAnyBeginningOfIt_BeginAlike() => Gen.String.Sample(text =>
    {
        var key = IndexKeys.String(text);
        for (var length = 0; length <= text.Length; length++)
        {
            Assert.StartsWith(IndexKeys.Folded(text.AsSpan(0, length)).TrimEnd('\ufffd'), key, StringComparison.Ordinal);
        }
    });

    [Theory]
    [InlineData("2020", "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")]
    [InlineData("2020-02", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z")]
    [InlineData("2020-02-29", "2020-02-29T00:00:00Z", "2020-03-01T00:00:00Z")]
    [InlineData("2020-02-28T10:30", "2020-02-28T10:30:00Z", "2020-02-28T10:31:00Z")]
    [InlineData("2020-02-28T10:30:05", "2020-02-28T10:30:05Z", "2020-02-28T10:30:06Z")]
    [InlineData("2020-02-28T10:30:05+05:30", "2020-02-28T05:00:05Z", "2020-02-28T05:00:06Z")]
    [InlineData("2020-02-28T10:30:05.25Z", "2020-02-28T10:30:05.25Z", "2020-02-28T10:30:05.26Z")]
    [InlineData("2020-02-28T10:30:05.123456789Z", "2020-02-28T10:30:05.123456Z", "2020-02-28T10:30:05.123457Z")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", "2017-01-01T00:00:00Z")]
    public void DateRange_OfAPrecision_CoversItToTheLastMicrosecond(string text, string from, string until)
    {
        Assert.True(DateRange.TryParse(text, out var range));
        Assert.Equal(DateRange.Of(DateTimeOffset.Parse(from, CultureInfo.InvariantCulture)), range.Low);
        Assert.Equal(DateRange.Of(DateTimeOffset.Parse(until, CultureInfo.InvariantCulture)), range.High + 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("0000")]
    [InlineData("2020-13")]
    [InlineData("2020-02-30")]
    [InlineData("2020-02-28T")]
    [InlineData("2020-02-28T25:00:00Z")]
    [InlineData("2020-02-28T10:30:05.Z")]
    [InlineData("2020-02-28T10:30:05+5")]
    [InlineData("2020-02-28 10:30:05")]
    public void DateRange_NoDate_IsRefused(string text) => Assert.False(DateRange.TryParse(text, out _));

    [Fact]
    public void DateRange_AnyText_IsADateOrNot() => Gen.String[Gen.Char["0123456789-T:.+Z"], 0, 30].Sample(text => DateRange.TryParse(text, out var range) ? range.Low <= range.High : true);
}
