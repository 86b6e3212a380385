using MedOrleans.Gateway.Fhir;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Tests.Gateway.Fhir;

public class MediaTypesTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("*/*", true)]
    [InlineData("application/fhir+json", true)]
    [InlineData("application/fhir+json; fhirVersion=4.0", true)]
    [InlineData("application/json;q=0.8, application/fhir+xml", true)]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.8", true)]
    [InlineData("application/fhir+xml", false)]
    [InlineData("application/fhir+json; fhirVersion=3.0", false)]
    [InlineData("application/json;q=0", false)]
    public void Accept_JsonAmongWhatIsTaken_IsAnswered(string? accept, bool accepted)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accept;

        Assert.Equal(accepted, MediaTypes.Accepts(request));
    }

    [Theory]
    [InlineData("?_format=json", true)]
    [InlineData("?_format=application/fhir+json", true)]
    [InlineData("?_format=application%2Fjson", true)]
    [InlineData("?_format=xml", false)]
    public void Format_OverridesAccept(string query, bool accepted)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accepted ? "application/fhir+xml" : "application/fhir+json";
        request.QueryString = new QueryString(query);

        Assert.Equal(accepted, MediaTypes.Accepts(request));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("application/fhir+json; charset=UTF-8", true)]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-16", false)]
    [InlineData("application/fhir+xml", false)]
    [InlineData("text/plain", false)]
    public void ContentType_JsonInUtf8_IsRead(string? type, bool readable) => Assert.Equal(readable, MediaTypes.IsReadable(type));
}
