using MedOrleans.Gateway.Hl7.Mapping;

namespace MedOrleans.Tests.Hl7v2;

/// <summary>Times of HL7 v2.</summary>
public sealed class Hl7TimeTests
{
    [Theory]
    [InlineData("1961", "1961")]
    [InlineData("196106", "1961-06")]
    [InlineData("19610615", "1961-06-15")]
    [InlineData("202611200815", "2026-11-20T08:15:00+01:00")]
    [InlineData("202607200815", "2026-07-20T08:15:00+02:00")]
    [InlineData("20261120081500.1234-0500", "2026-11-20T08:15:00.123-05:00")]
    [InlineData("2026112008+0530", "2026-11-20T08:00:00+05:30")]
    public void Parse_Time_IsAsPreciseAsItIsGiven(string text, string dateTime) => Assert.Equal(dateTime, Hl7Time.Parse(text, TimeZoneInfo.FindSystemTimeZoneById("Europe/Vienna"))?.DateTime);

    [Theory]
    [InlineData("")]
    [InlineData("26")]
    [InlineData("20261301")]
    [InlineData("20260230")]
    [InlineData("2026112025")]
    [InlineData("20261120081500+9900")]
    [InlineData("yesterday")]
    [InlineData("20261120.5")]
    [InlineData("00000000")]
    public void Parse_NoTime_IsNone(string text) => Assert.Null(Hl7Time.Parse(text, TimeZoneInfo.Utc));
}
