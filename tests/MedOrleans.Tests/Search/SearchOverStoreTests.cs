using System.Text;
using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Search;
using MedOrleans.Record.Sqlite;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Tests.Search;

/// <summary>A small hospital in SQLite, indexed as written.</summary>
public sealed class SmallHospital : IAsyncLifetime
{
    private static readonly string[] s_resources =
    [
        """{"resourceType":"Patient","id":"eve","meta":{"tag":[{"system":"urn:t","code":"vip"}]},"active":true,"identifier":[{"system":"http://a","value":"1"}],"name":[{"family":"Müller","given":["Eve","Ann"]}],"gender":"female","birthDate":"1980-05-17","telecom":[{"system":"phone","value":"555"}],"generalPractitioner":[{"reference":"Practitioner/doc"}],"managingOrganization":{"reference":"Organization/clinic"}}""",
        """{"resourceType":"Patient","id":"bob","identifier":[{"system":"http://a/b","value":"1"},{"value":"2"}],"name":[{"family":"Muller-Smith","given":["Bob"]}],"gender":"male","birthDate":"1980","telecom":[{"system":"email","value":"555"}],"deceasedDateTime":"2020-01-01"}""",
        """{"resourceType":"Patient","id":"kid","name":[{"text":"100% Baby_Boy"}],"managingOrganization":{"identifier":{"system":"urn:o","value":"9"}}}""",
        """{"resourceType":"Practitioner","id":"doc","name":[{"family":"Who"}]}""",
        """{"resourceType":"Organization","id":"clinic","name":"Clinic","partOf":{"reference":"Organization/group"}}""",
        """{"resourceType":"Organization","id":"group","name":"Group of clinics"}""",
        """{"resourceType":"Observation","id":"bp","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"Patient/eve"},"effectiveDateTime":"2020-06-01T12:00:00+02:00","component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":145,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}""",
        """{"resourceType":"Observation","id":"hb","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/bob"},"effectivePeriod":{"start":"2020-06-01T10:30:00Z"},"valueQuantity":{"value":5.4,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}""",
        """{"resourceType":"Observation","id":"bg","status":"preliminary","code":{"coding":[{"system":"http://loinc.org","code":"883-9"}]},"subject":{"reference":"Group/all"},"effectiveDateTime":"2019","valueCodeableConcept":{"coding":[{"system":"urn:bg","code":"A"}],"text":"Group A"}}""",
        """{"resourceType":"ValueSet","id":"vs","status":"active","url":"http://x/fhir/ValueSet/v"}""",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-search-").FullName;
    private readonly SqliteHome _home;
    private readonly SqliteRecordStore _store;

    public SmallHospital()
    {
        var connection = $"Data Source={Path.Combine(_folder, "record.db")}";
        _home = new SqliteHome(connection);
        var keys = new TenantKeys(_home, TimeProvider.System);
        keys.Unlock(MasterKey.Make());
        _store = new SqliteRecordStore("main", connection, keys, TimeProvider.System);
    }

    public static TenantId Tenant { get; } = TenantId.Parse("north");

    public IRecordStore Store => _store;

    public async Task InitializeAsync()
    {
        await _store.MigrateAsync(default);
        await _store.RegisterTenantAsync(Tenant, default);
        await _store.CommitAsync(
            [new RecordCommit { Tenant = Tenant, Items = [.. s_resources.Select(Item)], Caller = new Caller("test"), CommandId = Guid.NewGuid(), Usage = [] }],
            default);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        await _home.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static CommitItem Item(string json)
    {
        using var document = JsonDocument.Parse(json);
        var type = document.RootElement.GetProperty("resourceType").GetString()!;
        var text = new List<TextIndexEntry>();
        var range = new List<RangeIndexEntry>();
        new IndexExtractor(SearchParameterCatalog.R4).Extract(type, document.RootElement, text, range);
        return new CommitItem
        {
            Type = type,
            Id = document.RootElement.GetProperty("id").GetString()!,
            ExpectedVersion = 0,
            Kind = WriteKind.Create,
            LastUpdated = new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero),
            Body = Encoding.UTF8.GetBytes(json),
            Text = [.. text],
            Range = [.. range],
        };
    }
}

/// <summary>What is indexed and what is asked for meet in the same keys.</summary>
public sealed class SearchOverStoreTests(SmallHospital hospital) : IClassFixture<SmallHospital>
{
    private static readonly SearchQueryParser s_parser = new(SearchParameterCatalog.R4);

    [Theory]
    [InlineData("Patient", "", "bob eve kid")]
    [InlineData("Patient", "name=muller", "bob eve")]
    [InlineData("Patient", "name=MÜLLER", "bob eve")]
    [InlineData("Patient", "family:exact=Müller", "eve")]
    [InlineData("Patient", "family:exact=müller", "")]
    [InlineData("Patient", "name:contains=smith", "bob")]
    [InlineData("Patient", "name:contains=%25", "")]
    [InlineData("Patient", "name:contains=0%", "kid")]
    [InlineData("Patient", "name:contains=by_b", "kid")]
    [InlineData("Patient", "phonetic=eve", "eve")]
    [InlineData("Patient", "given=eve&gender=male", "")]
    [InlineData("Patient", "given=eve,bob", "bob eve")]
    [InlineData("Patient", "gender=http://hl7.org/fhir/administrative-gender|male", "bob")]
    [InlineData("Patient", "gender=|male", "bob")]
    [InlineData("Patient", "gender=urn:other|male", "")]
    [InlineData("Patient", "gender:not=male", "eve kid")]
    [InlineData("Patient", "gender:missing=true", "kid")]
    [InlineData("Patient", "gender:missing=false", "bob eve")]
    [InlineData("Patient", "identifier=1", "bob eve")]
    [InlineData("Patient", "identifier=http://a|1", "eve")]
    [InlineData("Patient", "identifier=http://a|", "eve")]
    [InlineData("Patient", "identifier=|2", "bob")]
    [InlineData("Patient", "identifier=|1", "")]
    [InlineData("Patient", "phone=555", "eve")]
    [InlineData("Patient", "telecom=555", "bob eve")]
    [InlineData("Patient", "phone:missing=true", "bob kid")]
    [InlineData("Patient", "deceased=true", "bob")]
    [InlineData("Patient", "deceased=false", "eve kid")]
    [InlineData("Patient", "active=true", "eve")]
    [InlineData("Patient", "_tag=urn:t|vip", "eve")]
    [InlineData("Patient", "_id=eve,kid,none", "eve kid")]
    [InlineData("Patient", "_lastUpdated=2026-03", "bob eve kid")]
    [InlineData("Patient", "_lastUpdated=lt2026-03-01T08:00:00.000Z", "")]
    [InlineData("Patient", "birthdate=1980", "bob eve")]
    [InlineData("Patient", "birthdate=1980-05", "eve")]
    [InlineData("Patient", "birthdate=ne1980-05", "bob")]
    [InlineData("Patient", "birthdate=gt1980-05", "bob")]
    [InlineData("Patient", "birthdate=ge1980-05-17", "bob eve")]
    [InlineData("Patient", "birthdate=sa1979", "bob eve")]
    [InlineData("Patient", "organization=clinic", "eve")]
    [InlineData("Patient", "organization=http://here/fhir/Organization/clinic", "eve")]
    [InlineData("Patient", "organization:identifier=urn:o|9", "kid")]
    [InlineData("Patient", "organization:missing=true", "bob")]
    [InlineData("Patient", "organization.name=clin", "eve")]
    [InlineData("Patient", "organization.partof.name=group", "eve")]
    [InlineData("Patient", "general-practitioner.name=who", "eve")]
    [InlineData("Observation", "patient=eve", "bp")]
    [InlineData("Observation", "subject=Patient/bob", "hb")]
    [InlineData("Observation", "subject=all", "bg")]
    [InlineData("Observation", "patient:missing=true", "bg")]
    [InlineData("Observation", "patient.name=muller", "bp hb")]
    [InlineData("Observation", "subject:Patient.gender=male", "hb")]
    [InlineData("Observation", "patient.gender:not=male", "bp")]
    [InlineData("Observation", "date=2020-06-01T10:00:00Z", "bp")]
    [InlineData("Observation", "date=ge2020-06-01T10:15:00Z", "hb")]
    [InlineData("Observation", "date=lt2020", "bg")]
    [InlineData("Observation", "code=http://loinc.org|718-7", "hb")]
    [InlineData("Observation", "combo-code=8480-6,718-7", "bp hb")]
    [InlineData("Observation", "value-quantity=5.4", "hb")]
    [InlineData("Observation", "value-quantity=5.40|http://unitsofmeasure.org|g/dL", "hb")]
    [InlineData("Observation", "value-quantity=5.4||mg", "")]
    [InlineData("Observation", "value-quantity=5.41", "")]
    [InlineData("Observation", "combo-value-quantity=gt100", "bp")]
    [InlineData("Observation", "component-code-value-quantity=http://loinc.org|8480-6$gt140", "bp")]
    [InlineData("Observation", "component-code-value-quantity=8462-4$gt140", "")]
    [InlineData("Observation", "combo-code-value-quantity=718-7$lt6", "hb")]
    [InlineData("Observation", "code-value-concept=883-9$urn:bg|A", "bg")]
    [InlineData("Observation", "value-concept=A", "bg")]
    [InlineData("ValueSet", "url:below=http://x/fhir", "vs")]
    [InlineData("ValueSet", "url:below=http://x/fh", "")]
    [InlineData("ValueSet", "url:above=http://x/fhir/ValueSet/v/1", "vs")]
    public async Task Search_Query_FindsWhatTheSpecificationSays(string type, string query, string expected)
    {
        var page = await hospital.Store.SearchAsync(Parse(type, query), default);

        Assert.Equal(expected, string.Join(' ', page.Matches.Select(match => match.Id).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Search_IncludeAndRevInclude_BringWhatPointsAndIsPointedTo()
    {
        var page = await hospital.Store.SearchAsync(Parse("Patient", "_id=eve&_include=*&_include:iterate=Organization:partof&_revinclude=Observation:patient"), default);

        Assert.Equal(["bp", "clinic", "doc", "group"], page.Included.Select(resource => resource.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Search_Sorted_ComesInThatOrderAndWithoutValueLast()
    {
        var page = await hospital.Store.SearchAsync(Parse("Patient", "_sort=-family"), default);

        Assert.Equal(["bob", "eve", "kid"], page.Matches.Select(match => match.Id));
    }

    private static SearchQuery Parse(string type, string query)
    {
        var result = s_parser.Parse(
            SmallHospital.Tenant,
            type,
            query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])),
            ["http://here/fhir/"]);
        Assert.Empty(result.Issues);
        return result.Query!;
    }
}
