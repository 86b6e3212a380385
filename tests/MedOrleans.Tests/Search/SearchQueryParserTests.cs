using System.Globalization;
using CsCheck;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Search;

public class SearchQueryParserTests
{
    private static readonly TenantId s_tenant = TenantId.Parse("north");
    private static readonly SearchParameterCatalog s_catalog = SearchParameterCatalog.R4;
    private static readonly SearchQueryParser s_parser = new(s_catalog, new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

    // One line a query: the type, the query, and the criteria as Print shows them; ~ is U+001F and ^ is U+001E.
    [Theory]
    [InlineData("Patient", "family=Müller", "family starts muller")]
    [InlineData("Patient", "family=Eve,ADAM", "family starts eve | family starts adam")]
    [InlineData("Patient", "given=a&given=b", "given starts a & given starts b")]
    [InlineData("Patient", @"family=Eve\,Adam", "family starts eve,adam")]
    [InlineData("Patient", "family:exact=Müller", "family is muller~Müller")]
    [InlineData("Patient", "family:contains=LL", "family contains ll")]
    [InlineData("Patient", "gender=male", "gender starts male~")]
    [InlineData("Patient", "gender=http://hl7.org/fhir/administrative-gender|male", "gender is male~http://hl7.org/fhir/administrative-gender | gender is male~")]
    [InlineData("Patient", "gender:not=male", "not (gender starts male~)")]
    [InlineData("Patient", "identifier=123", "identifier starts 123~")]
    [InlineData("Patient", "identifier=http://a|123", "identifier is 123~http://a")]
    [InlineData("Patient", "identifier=|123", "identifier is 123~")]
    [InlineData("Patient", "identifier=http://a|", "identifier ends ~http://a")]
    [InlineData("Patient", @"identifier=http://a|1\|2", "identifier is 1|2~http://a")]
    [InlineData("Patient", "phone=555", "telecom is 555~phone")]
    [InlineData("Patient", "phone:missing=true", "not (telecom ends ~phone)")]
    [InlineData("Patient", "email=phone|555", "never")]
    [InlineData("Patient", "birthdate=1970", "birthdate Within 0..31535999999999")]
    [InlineData("Patient", "birthdate=ge1970-01-02", "birthdate ReachesAboveOrWithin 86400000000..172799999999")]
    [InlineData("Patient", "birthdate=lt1970-01-01T00:00:01Z", "birthdate ReachesBelow 1000000..1999999")]
    [InlineData("Patient", "birthdate=sa1970-01&birthdate=eb1971", "birthdate StartsAfter 0..2678399999999 & birthdate EndsBefore 31536000000000..63071999999999")]
    [InlineData("Patient", "birthdate:missing=true", "birthdate missing")]
    [InlineData("Patient", "birthdate:missing=false", "birthdate present")]
    [InlineData("Patient", "_id=1,2", "id 1 | id 2")]
    [InlineData("Patient", "_id=not/an/id", "never")]
    [InlineData("Patient", "_lastUpdated=gt1970-01-01T00:00:00Z", "updated ReachesAbove 0..999999")]
    [InlineData("Patient", "_tag=urn:x|y", "_tag is y~urn:x")]
    [InlineData("Patient", "_profile=http://x/p", "_profile is http://x/p")]
    [InlineData("Patient", "name=", "")]
    [InlineData("Patient", "_format=json&_pretty=true", "")]
    [InlineData("Patient", "organization=1", "organization is Organization/1")]
    [InlineData("Patient", "organization=Organization/1/_history/3", "organization is Organization/1")]
    [InlineData("Patient", "organization=http://here/fhir/Organization/1", "organization is Organization/1")]
    [InlineData("Patient", "organization=http://there/fhir/Organization/1", "organization is http://there/fhir/Organization/1")]
    [InlineData("Patient", "organization:identifier=http://a|1", "organization:identifier is 1~http://a")]
    [InlineData("Patient", "organization.name=x", "organization -> Organization(name starts x)")]
    [InlineData("Patient", "organization:Organization.partof.name:exact=x", "organization -> Organization(partof -> Organization(name is x~x))")]
    [InlineData("Observation", "subject=1", "subject is Device/1 | subject is Group/1 | subject is Location/1 | subject is Patient/1")]
    [InlineData("Observation", "subject:Patient=1", "subject is Patient/1")]
    [InlineData("Observation", "patient=1", "subject is Patient/1")]
    [InlineData("Observation", "patient=Patient/1", "subject is Patient/1")]
    [InlineData("Observation", "patient=Group/1", "never")]
    [InlineData("Observation", "patient:missing=true", "not (subject starts Patient/)")]
    [InlineData("Observation", "subject:missing=true", "subject missing & subject:identifier missing")]
    [InlineData("Observation", "patient.family=x", "subject -> Patient(family starts x)")]
    [InlineData("Observation", "patient.gender:not=male", "subject -> Patient(not (gender starts male~))")]
    [InlineData("Observation", "combo-code=1", "code starts 1~ | component-code starts 1~")]
    [InlineData("Observation", "value-quantity=5.4", "value-quantity Within 5.35..5.45-")]
    [InlineData("Observation", "value-quantity=5.40", "value-quantity Within 5.395..5.405-")]
    [InlineData("Observation", "value-quantity=100", "value-quantity Within 99.5..100.5-")]
    [InlineData("Observation", "value-quantity=1e2", "value-quantity Within 95..105-")]
    [InlineData("Observation", "value-quantity=-5", "value-quantity Within -5.5..-4.5-")]
    [InlineData("Observation", "value-quantity=gt5.4|http://unitsofmeasure.org|mg", "value-quantity[mg~http://unitsofmeasure.org] ReachesAbove 5.4..5.4")]
    [InlineData("Observation", "value-quantity=le5.4||mg", "value-quantity[mg] ReachesBelowOrWithin 5.4..5.4")]
    [InlineData("Observation", "value-quantity=ap10", "value-quantity Overlaps 9..11")]
    [InlineData("Observation", "code-value-quantity=http://loinc.org|8480-6$gt140", "code-value-quantity[8480-6~http://loinc.org] ReachesAbove 140..140")]
    [InlineData("Observation", "code-value-concept=1$s|2", "code-value-concept is 1^2~s")]
    [InlineData("Observation", "code-value-string=1$Ab", "code-value-string starts 1^ab")]
    [InlineData("DocumentReference", "relationship=replaces$DocumentReference/1", "relationship is replaces^DocumentReference/1")]
    [InlineData("RiskAssessment", "probability=lt0.8", "probability ReachesBelow 0.8..0.8")]
    [InlineData("ValueSet", "url=http://x/v", "url is http://x/v")]
    [InlineData("ValueSet", "url:below=http://x/v", "url is http://x/v | url starts http://x/v/")]
    [InlineData("ValueSet", "url:above=http://x/v/1", "url is http://x/v/1 | url is http://x/v/ | url is http://x/v | url is http://x/ | url is http://x")]
    [InlineData("Location", "organization:missing=false", "organization present | organization:identifier present")]
    public void Parse_Query_BecomesPredicates(string type, string query, string expected)
    {
        var result = Parse(type, query);

        Assert.Empty(result.Issues);
        Assert.Equal(expected, Print(result.Query!));
    }

    [Theory]
    [InlineData("Patient", "brithdate=1970", "not-supported", "brithdate", "birthdate")]
    [InlineData("Patient", "organization.nmae=x", "not-supported", "organization.nmae", "name")]
    [InlineData("Patient", "birthdate=70", "value", "birthdate", "date")]
    [InlineData("Patient", "birthdate=1970-02-30", "value", "birthdate", "date")]
    [InlineData("Patient", "birthdate=xx1970", "value", "birthdate", "date")]
    [InlineData("Observation", "value-quantity=much", "value", "value-quantity", "quantity")]
    [InlineData("RiskAssessment", "probability=1e999", "value", "probability", "number")]
    [InlineData("Patient", "identifier=|", "value", "identifier", "code")]
    [InlineData("Patient", "identifier=a|b|c", "value", "identifier", "code")]
    [InlineData("Patient", "organization=a b", "value", "organization", "reference")]
    [InlineData("Patient", "gender:text=male", "not-supported", "gender:text", "text")]
    [InlineData("Patient", "family:sounds=x", "not-supported", "family:sounds", "sounds")]
    [InlineData("Patient", "birthdate:exact=1970", "not-supported", "birthdate:exact", "exact")]
    [InlineData("Patient", "gender:missing=maybe", "value", "gender:missing", "true or false")]
    [InlineData("Patient", "gender.code=male", "not-supported", "gender.code", "chain")]
    [InlineData("Patient", "_elements=id", "not-supported", "_elements", "_elements")]
    [InlineData("Patient", "_contained=true", "not-supported", "_contained", "_contained")]
    [InlineData("Patient", "_summary=true", "not-supported", "_summary", "count")]
    [InlineData("Patient", "_has:Observation:patient:code=1", "not-supported", "_has:Observation:patient:code", "_has")]
    [InlineData("Patient", "_text=x", "not-supported", "_text", "_text")]
    [InlineData("Location", "near=1|2|3", "not-supported", "near", "near")]
    [InlineData("Patient", "_count=many", "value", "_count", "number")]
    [InlineData("Patient", "_total=roughly", "value", "_total", "accurate")]
    [InlineData("Patient", "_sort=nmae", "not-supported", "_sort", "name")]
    [InlineData("Patient", "_include=Patient:gender", "value", "_include", "reference")]
    [InlineData("Patient", "_include=Patient", "value", "_include", "reference")]
    [InlineData("Patient", "_revinclude=*", "value", "_revinclude", "reference")]
    [InlineData("Observation", "code-value-quantity=1", "value", "code-value-quantity", "$")]
    [InlineData("Patient", "link.link.link.link.link.name=x", "not-supported", "link.link.link.link.link.name", "links")]
    public void Parse_WrongQuery_SaysWhatAndWhere(string type, string query, string code, string expression, string says)
    {
        var result = Parse(type, query);

        Assert.Null(result.Query);
        var issue = Assert.Single(result.Issues);
        Assert.Equal((code, expression), (issue.Code, issue.Expression));
        Assert.Contains(says, issue.Details, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ResultParameters_ShapeTheQuery()
    {
        var query = Parse("Observation", "_sort=-date,_id,code&_count=5000&_total=accurate&_cursor=abc&_include=Observation:patient&_include:iterate=Patient:organization&_revinclude=Provenance:target:Observation").Query!;

        Assert.Equal(
            [new SearchSort(SortTarget.Range, Number("Observation", "date"), true), new SearchSort(SortTarget.Id, 0, false), new SearchSort(SortTarget.Text, Number("Observation", "code"), false)],
            query.Sort);
        Assert.Equal((1000, true, "abc"), (query.Count, query.WithTotal, query.Cursor));
        Assert.Equal(
            [new SearchInclude("Observation", Number("Observation", "subject"), "Patient", false), new SearchInclude("Patient", Number("Patient", "organization"), null, true)],
            query.Includes);
        Assert.Equal([new SearchInclude("Provenance", Number("Provenance", "target"), "Observation", false)], query.ReverseIncludes);
    }

    [Theory]
    [InlineData("_summary=count")]
    [InlineData("_count=0")]
    public void Parse_CountAlone_AsksForTheTotalAndNoMatch(string asked)
    {
        var query = Parse("Patient", asked).Query!;

        Assert.Equal((0, true), (query.Count, query.WithTotal));
    }

    [Fact]
    public void Parse_IncludeStar_FollowsEveryReferenceOnce()
    {
        var query = Parse("Encounter", "_include=*").Query!;

        Assert.Contains(query.Includes, include => include.Parameter == Number("Encounter", "subject"));
        Assert.Equal(query.Includes.Count, query.Includes.Distinct().Count());
        Assert.DoesNotContain(query.Includes, include => include.Parameter == Number("Encounter", "patient"));
    }

    [Fact]
    public void Parse_Used_KeepsCriteriaAndLeavesPagingOut() => Assert.Equal(
        [new("name:exact", "Eve"), new("_sort", "birthdate")],
        Parse("Patient", "name:exact=Eve&_cursor=abc&_count=3&_sort=birthdate&_format=json&family=").Used);

    [Fact]
    public void Parse_UnitInAComposite_IsAnsweredWithAWarning()
    {
        var result = Parse("Observation", "code-value-quantity=8480-6$gt140||mm[Hg]");

        Assert.NotNull(result.Query);
        Assert.Equal("warning", Assert.Single(result.Issues).Severity);
    }

    [Fact]
    public void Parse_ThousandsOfValues_IsTooCostly()
    {
        var result = Parse("Patient", "_id=" + string.Join(',', Enumerable.Range(0, 5000)));

        Assert.Null(result.Query);
        Assert.Equal("too-costly", Assert.Single(result.Issues).Code);
    }

    [Fact]
    public void Parse_UnknownType_IsRefused() => Assert.Null(Parse("Patience", "name=x").Query);

    [Fact]
    public void Parse_AnyText_GivesAQueryOrAnIssue()
    {
        var names = FhirTypes.All.SelectMany(s_catalog.AllFor).Select(parameter => parameter.Code).Distinct()
            .Concat(["_sort", "_include", "_revinclude", "_count", "_total", "_summary", "_has", "x"]).ToArray();
        var name = Gen.OneOf(
            Gen.OneOf(names),
            Gen.Select(Gen.OneOf(names), Gen.OneOf(":", ".", ":missing", ":not", ":Patient.", ":exact", ":identifier"), Gen.OneOf(names), (first, link, second) => first + link + second),
            Gen.String);
        var value = Gen.OneOf(
            Gen.String,
            Gen.String[Gen.OneOf(@"0123456789.-+eETZ:|$,\/ abPtgl#?".ToCharArray()), 0, 30],
            Gen.OneOf("1970-01-01", "Patient/1", "a|b", "gt5", "Patient:organization", "*", "true", "\ud800"));
        Gen.Select(Gen.OneOf(FhirTypes.All.ToArray()), Gen.Select(name, value, KeyValuePair.Create).List[0, 4]).Sample((type, parameters) =>
        {
            var result = s_parser.Parse(s_tenant, type, parameters, ["http://here/fhir/"]);
            return result.Query is not null || result.Issues.Count > 0;
        });
    }

    private static SearchParseResult Parse(string type, string query) => s_parser.Parse(
        s_tenant,
        type,
        query.Split('&').Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])),
        ["http://here/fhir/"]);

    private static int Number(string type, string code) => s_catalog.Find(type, code)!.Number;

    private static string Print(SearchQuery query) => string.Join(" & ", query.Criteria.Select(criterion =>
    {
        var any = string.Join(" | ", criterion.AnyOf.Select(predicate => Print(query.Type, predicate)));
        return criterion.Negated ? $"not ({any})" : any;
    })).Replace(IndexKeys.PartSeparator, '~').Replace(IndexKeys.ComponentSeparator, '^');

    private static string Print(string type, SearchPredicate predicate) => predicate switch
    {
        TextIs text => $"{Name(type, text.Parameter)} is {text.Key}",
        TextStartsWith text => $"{Name(type, text.Parameter)} starts {text.Prefix}",
        TextContains text => $"{Name(type, text.Parameter)} contains {text.Part}",
        TextEndsWith text => $"{Name(type, text.Parameter)} ends {text.Suffix}",
        RangeIs range => $"{Name(type, range.Parameter)}{(range.Key.Length > 0 ? $"[{range.Key}]" : "")} {range.Comparison} {Ends(range.Low, range.High)}",
        LastUpdatedIs range => $"updated {range.Comparison} {Ends(range.Low, range.High)}",
        IsMissing missing => $"{Name(type, missing.Parameter)} {(missing.Missing ? "missing" : "present")}",
        IdIs id => $"id {id.Id}",
        ReferenceTo reference => $"{Name(type, reference.Parameter)} -> {reference.Target.Type}({Print(reference.Target)})",
        Never => "never",
        _ => throw new ArgumentOutOfRangeException(nameof(predicate)),
    };

    // 5.45- is the greatest number below 5.45.
    private static string Ends(double low, double high) => double.IsInteger(high) || high.ToString("R", CultureInfo.InvariantCulture).Length < 10
        ? string.Create(CultureInfo.InvariantCulture, $"{low:R}..{high:R}")
        : string.Create(CultureInfo.InvariantCulture, $"{low:R}..{Math.BitIncrement(high):R}-");

    private static string Name(string type, int number) => s_catalog.Find(number)?.Code
        ?? s_catalog.AllFor(type).First(parameter => SearchParameterCatalog.IdentifierNumberOf(parameter) == number).Code + ":identifier";
}
