using System.Text;
using MedOrleans.Gateway.Fhir.Bundles;

namespace MedOrleans.Tests.Gateway.Fhir;

public class BundleReaderTests
{
    [Fact]
    public void Read_Transaction_GivesEachRequestAndTheBytesOfItsResource()
    {
        var (bundle, refusal) = Read("""
            {"id":"b","entry":[
              {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","name":[{"family":"Lee"}]},
               "request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=1"}},
              {"request":{"ifMatch":"W/\"2\"","method":"DELETE","url":"Patient/7"}}],
             "type":"transaction","resourceType":"Bundle"}
            """);

        Assert.Null(refusal);
        Assert.Equal("transaction", bundle!.Type);
        Assert.Equal(2, bundle.Entries.Count);
        Assert.Equal("urn:uuid:1", bundle.Entries[0].FullUrl);
        Assert.Equal("POST", bundle.Entries[0].Method);
        Assert.Equal("identifier=1", bundle.Entries[0].IfNoneExist);
        Assert.Equal("""{"resourceType":"Patient","name":[{"family":"Lee"}]}""", Encoding.UTF8.GetString(bundle.Entries[0].Resource.Span));
        Assert.Equal("W/\"2\"", bundle.Entries[1].IfMatch);
        Assert.True(bundle.Entries[1].Resource.IsEmpty);
    }

    [Theory]
    [InlineData("[]", null)]
    [InlineData("""{"resourceType":"Patient","type":"batch"}""", "Bundle.resourceType")]
    [InlineData("""{"resourceType":"Bundle","type":"searchset"}""", "Bundle.type")]
    [InlineData("""{"resourceType":"Bundle"}""", "Bundle.type")]
    [InlineData("""{"resourceType":"Bundle","type":"batch","entry":{}}""", "Bundle.entry")]
    [InlineData("""{"resourceType":"Bundle","type":"batch","entry":[{},1]}""", "Bundle.entry[1]")]
    public void Read_NoBundle_IsRefusedWithItsElement(string json, string? element)
    {
        var (bundle, refusal) = Read(json);

        Assert.Null(bundle);
        Assert.Equal(400, refusal!.Status);
        Assert.Equal(element, refusal.Issues[0].Expression);
    }

    [Theory]
    [InlineData("""{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"a":]}]}""")]
    [InlineData("""{"resourceType":"Bundle","type":"batch","entry":[{"request":""")]
    [InlineData("""{"resourceType":"Bundle","type":"batch"} {}""")]
    [InlineData("")]
    public void Read_MalformedJson_IsRefusedWithItsPlace(string json)
    {
        var (_, refusal) = Read(json);

        Assert.Equal(400, refusal!.Status);
        Assert.Equal("structure", refusal.Issues[0].Code);
        Assert.Contains("line", refusal.Issues[0].Details, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MoreEntriesThanTaken_IsTooMuch()
    {
        var (_, refusal) = BundleReader.Read("""{"resourceType":"Bundle","type":"batch","entry":[{},{},{}]}"""u8.ToArray(), maxEntries: 2);

        Assert.Equal(413, refusal!.Status);
    }

    private static (RequestBundle? Bundle, MedOrleans.Gateway.Fhir.FhirResult? Refusal) Read(string json) =>
        BundleReader.Read(Encoding.UTF8.GetBytes(json), maxEntries: 100);
}
