using MedOrleans.Gateway.Fhir.Bundles;
using MedOrleans.Records;

namespace MedOrleans.Tests.Gateway.Fhir;

public class BundleEntryTests
{
    [Theory]
    [InlineData("Patient.name[0].family", "Bundle.entry[3].resource.name[0].family")]
    [InlineData("Patient", "Bundle.entry[3].resource")]
    [InlineData(null, "Bundle.entry[3]")]
    [InlineData("birthdate", "Bundle.entry[3].request.url")]
    [InlineData("Bundle.entry[3].request.ifMatch", "Bundle.entry[3].request.ifMatch")]
    public void Name_Issue_IsPlacedInTheBundle(string? element, string placed)
    {
        var entry = new BundleEntry { Index = 3 };

        Assert.Equal(placed, entry.Name(new Issue("value", "Wrong.", element)).Expression);
    }

    [Theory]
    [InlineData("Patient/12", "Patient|12", "")]
    [InlineData("/Patient?name=a", "Patient", "name=a")]
    [InlineData("http://host/fhir/north/Patient/12/_history/2", "Patient|12|_history|2", "")]
    [InlineData("", "", "")]
    public void Address_RelativeOrBelowTheBase_IsReadInParts(string url, string parts, string query)
    {
        var address = EntryAddress.Parse(url, "http://host/fhir/north");

        Assert.Equal(parts, string.Join('|', address.Parts));
        Assert.Equal(query, address.Query);
    }
}
