using MedOrleans.Gateway.Fhir;

namespace MedOrleans.Tests.Gateway.Fhir;

public class PagingTests
{
    private static readonly FhirOptions s_options = new() { DefaultCount = 20, MaxCount = 100 };

    [Fact]
    public void Read_NoCount_TakesTheDefault()
    {
        var paging = Paging.Read([new("name", "a")], s_options, out var rest);

        Assert.Equal(20, paging.Count);
        Assert.Equal([new("name", "a")], rest);
    }

    [Fact]
    public void Read_CountBeyondTheLimit_IsTheLimit() =>
        Assert.Equal(100, Paging.Read([new("_count", "5000")], s_options, out _).Count);

    [Fact]
    public void Read_CountOfZero_AsksForTheTotalAlone()
    {
        Paging.Read([new("_count", "0")], s_options, out var rest);

        Assert.Equal([new("_summary", "count")], rest);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    public void Read_CountThatIsNone_IsRefused(string count) =>
        Assert.Equal("_count", Paging.Read([new("_count", count)], s_options, out _).Wrong?.Expression);

    [Fact]
    public void Links_AnotherPage_KeepTheSearchAndGoOn()
    {
        var paging = Paging.Read([new("name", "a b"), new("_count", "5"), new("_format", "json")], s_options, out var rest);

        var links = paging.Links("http://host/fhir/north/Patient", rest, "c/1");

        Assert.Equal(
            [
                new("self", "http://host/fhir/north/Patient?name=a%20b&_count=5"),
                new("next", "http://host/fhir/north/Patient?name=a%20b&_count=5&_cursor=c/1"),
            ],
            links);
    }

    [Fact]
    public void Links_LastPage_HaveNoNext() =>
        Assert.Equal("self", Assert.Single(Paging.Read([], s_options, out _).Links("http://host", [], null)).Key);
}
