using MedOrleans.Gateway.Fhir;

namespace MedOrleans.Tests.Gateway.Fhir;

public class ReferenceResolverTests
{
    [Fact]
    public void Locate_NestedReference_GivesItsElement()
    {
        var json = """
            {"resourceType":"Encounter","subject":{"reference":"Patient/1"},
             "participant":[{"type":[{"text":"a"}]},{"individual":{"display":"d","reference":"Practitioner?identifier=x"}}]}
            """u8;

        Assert.Equal("Encounter.participant[1].individual.reference", ReferenceResolver.Locate(json, "Practitioner?identifier=x"));
        Assert.Equal("Encounter.subject.reference", ReferenceResolver.Locate(json, "Patient/1"));
        Assert.Null(ReferenceResolver.Locate(json, "Patient/2"));
    }

    [Theory]
    [InlineData("Practitioner?identifier=a|b", true)]
    [InlineData("Practitioner/1", false)]
    [InlineData("http://elsewhere.example/Practitioner?identifier=1", false)]
    [InlineData("?identifier=1", false)]
    [InlineData("urn:uuid:1", false)]
    public void IsConditional_TypeAndCriteria_IsOne(string reference, bool conditional) =>
        Assert.Equal(conditional, ReferenceResolver.IsConditional(reference));
}
