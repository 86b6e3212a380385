using System.Text;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Fhir.Reading;

namespace MedOrleans.Tests.Fhir;

public class ReferenceFormTests
{
    [Theory]
    [InlineData("Patient/1", "Relative", "Patient")]
    [InlineData("Patient/1/_history/2", "Relative", "Patient")]
    [InlineData("Patient?identifier=a|b c", "Conditional", "Patient")]
    [InlineData("#a", "Local", null)]
    [InlineData("#", "Local", null)]
    [InlineData("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "Absolute", null)]
    [InlineData("urn:oid:1.2.3", "Absolute", null)]
    [InlineData("http://a.example/fhir/Patient/1", "Absolute", "Patient")]
    [InlineData("http://a.example/fhir/Patient/1/_history/2", "Absolute", "Patient")]
    [InlineData("https://a.example/doctors/1", "Absolute", null)]
    [InlineData("https://a.example", "Absolute", null)]
    [InlineData("", "Malformed", null)]
    [InlineData("Patient", "Malformed", null)]
    [InlineData("Patient/", "Malformed", null)]
    [InlineData("/Patient/1", "Malformed", null)]
    [InlineData("Patient/1/2", "Malformed", null)]
    [InlineData("Patient/1/_history/", "Malformed", null)]
    [InlineData("Patient/a b", "Malformed", null)]
    [InlineData("Patient?", "Malformed", null)]
    [InlineData("#a/b", "Malformed", null)]
    [InlineData("http:", "Malformed", null)]
    [InlineData("http://a b", "Malformed", null)]
    public void Of_Reference_TellsFormAndType(string text, string kind, string? type)
    {
        var form = ReferenceForm.Of(Encoding.UTF8.GetBytes(text));

        Assert.Equal((kind, type, true), (form.Kind.ToString(), form.Type, form.IsTypeKnown));
    }

    [Theory]
    [InlineData("Doctor/1")]
    [InlineData("Doctor?name=a")]
    [InlineData("patient/1")]
    public void Of_TypeThatIsNone_IsUnknown(string text) => Assert.False(ReferenceForm.Of(Encoding.UTF8.GetBytes(text)).IsTypeKnown);

    [Fact]
    public void Scan_References_GivesThoseToResolveOnce()
    {
        var found = ReferenceScanner.Scan(
            """
            {"resourceType":"Encounter","subject":{"reference":"urn:uuid:a"},"serviceProvider":{"reference":"Organization?name=x"},
            "partOf":{"reference":"urn:uuid:a"},"basedOn":[{"reference":"ServiceRequest/1"},{"display":"urn:uuid:b"}],
            "resource":{"reference":"urn:uuid:inside"}}
            """u8);

        Assert.Equal(["Organization?name=x", "urn:uuid:a"], found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Scan_BrokenJson_GivesWhatStandsBefore() => Assert.Equal(
        ["urn:uuid:a"],
        ReferenceScanner.Scan([0xEF, 0xBB, 0xBF, .. "{\"a\":{\"reference\":\"urn:uuid:a\"},\"b\":{\"reference\":\"urn:\\ud800\"},"u8]));
}
