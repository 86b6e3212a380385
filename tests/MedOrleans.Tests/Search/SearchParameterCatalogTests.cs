using Hl7.Fhir.Model;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using SearchParameter = MedOrleans.Record.Search.SearchParameter;

namespace MedOrleans.Tests.Search;

public class SearchParameterCatalogTests
{
    private static readonly SearchParameterCatalog s_catalog = SearchParameterCatalog.R4;

    private static IEnumerable<SearchParameter> All => FhirTypes.All.SelectMany(s_catalog.AllFor);

    [Fact]
    public void For_EveryTypeOfR4_HoldsEachOfItsParameters()
    {
        var missing = ModelInfo.SearchParameters
            .Where(definition => definition.Resource is not "DomainResource" && s_catalog.Find(definition.Resource!, definition.Code!) is null)
            .Select(definition => $"{definition.Resource}.{definition.Code}");

        Assert.Empty(missing);
        Assert.Equal(1698, ModelInfo.SearchParameters.Count);
    }

    [Fact]
    public void Number_OfEveryParameterAndItsIdentifiers_IsItsAlone()
    {
        var shared = All.Select(parameter => (parameter.Number, Name: $"{parameter.Type}.{parameter.Code}"))
            .Concat(All.Where(parameter => parameter.Kind == SearchParameterKind.Reference)
                .Select(parameter => (Number: SearchParameterCatalog.IdentifierNumberOf(parameter), Name: $"{parameter.Type}.{parameter.Code}:identifier")))
            .GroupBy(pair => pair.Number)
            .Where(group => group.Count() > 1)
            .Select(group => string.Join(" = ", group));

        Assert.Empty(shared);
    }

    [Fact]
    public void Number_OfAKnownParameter_NeverChanges()
    {
        // Stored index rows carry it.
        Assert.Equal(218419845, s_catalog.Find("Patient", "birthdate")!.Number);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Build_EveryParameterOfAType_CompilesOrIsNamedAsSpecial(string type)
    {
        foreach (var parameter in s_catalog.AllFor(type).Where(parameter => !SearchParameterSpecials.NotIndexed.Contains($"{type}.{parameter.Code}")))
        {
            var plan = IndexPlanBuilder.Build(type, [parameter]);
            Assert.True(
                !plan.IsEmpty || parameter.Code is "_id" or "_lastUpdated",
                $"{type}.{parameter.Code} = {parameter.Expression} indexes nothing");
        }
    }

    [Theory]
    [InlineData("Observation", "patient", "subject")]
    [InlineData("Patient", "phonetic", "name")]
    [InlineData("Patient", "phone", "telecom")]
    [InlineData("Observation", "combo-code", "code,component-code")]
    [InlineData("Observation", "combo-value-quantity", "component-value-quantity,value-quantity")]
    [InlineData("Observation", "combo-code-value-quantity", "code-value-quantity,component-code-value-quantity")]
    [InlineData("Encounter", "practitioner", "participant")]
    [InlineData("Patient", "name", "name")]
    [InlineData("Patient", "family", "family")]
    public void IndexedAs_ParametersOverTheSameElements_ShareEntries(string type, string code, string owners)
    {
        var names = s_catalog.Find(type, code)!.IndexedAs.Select(number => s_catalog.Find(number)!.Code).Order(StringComparer.Ordinal);

        Assert.Equal(owners, string.Join(',', names));
    }

    [Fact]
    public void Expression_OfAParameterSharedByManyTypes_IsItsOwnTypesAlone() =>
        Assert.Equal("AllergyIntolerance.code | AllergyIntolerance.reaction.substance", s_catalog.Find("AllergyIntolerance", "code")!.Expression);

    public static TheoryData<string> Types() => new(FhirTypes.All);
}
