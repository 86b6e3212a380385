using System.Text;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Fhir.Reading;

namespace MedOrleans.Tests.Fhir;

public class TypeModelsTests
{
    [Fact]
    public void FindResource_EveryTypeOfR4_HasAModel()
    {
        var seen = new HashSet<TypeModel>();
        foreach (var type in FhirTypes.All)
        {
            Visit(TypeModels.FindResource(Encoding.UTF8.GetBytes(type))!.Model, seen);
        }

        Assert.InRange(FhirTypes.All.Count, 145, 150);
        Assert.InRange(seen.Count, 600, 700);
    }

    [Theory]
    [InlineData("Attachment", "height")]
    [InlineData("Encounter", "admission")]
    [InlineData("ElementDefinition", "minValueInteger64")]
    public void Members_OfLaterReleases_AreUnknown(string type, string member) =>
        Assert.Null(TypeModels.Of(Hl7.Fhir.Model.ModelInfo.ModelInspector.FindClassMapping(type)!).Members.Find(Encoding.UTF8.GetBytes(member)));

    private static void Visit(TypeModel type, HashSet<TypeModel> seen)
    {
        if (!seen.Add(type))
        {
            return;
        }

        foreach (var member in type.Members.Values.Where(member => member is { IsSibling: false, Primitive: PrimitiveKind.None, Element.HoldsResource: false }))
        {
            Visit(member.Type, seen);
        }
    }
}
