using System.Text;

namespace MedOrleans.Tests.Fhir;

public class ResourceReaderFaultTests
{
    [Theory]
    [InlineData("", "structure", null)]
    [InlineData("{", "structure", null)]
    [InlineData("""{"resourceType":"Patient"} x""", "structure", null)]
    [InlineData("""{"resourceType":"Patient",}""", "structure", null)]
    [InlineData("[]", "structure", null)]
    [InlineData("null", "structure", null)]
    [InlineData("{}", "required", "Resource")]
    [InlineData("""{"active":true}""", "required", "Resource")]
    [InlineData("""{"resourceType":"Person2"}""", "value", "Resource")]
    [InlineData("""{"resourceType":7}""", "value", "Resource")]
    [InlineData("""{"resourceType":"DomainResource"}""", "value", "Resource")]
    [InlineData("""{"resourceType":"Parameters"}""", "not-supported", "Parameters")]
    public void Read_NoResource_NamesTheFault(string json, string code, string? expression)
    {
        var issue = Reading.Fault(json);

        Assert.Equal((code, expression), (issue.Code, issue.Expression));
    }

    [Fact]
    public void Read_MalformedJson_NamesLineAndColumn()
    {
        var issue = Reading.Fault("{\n  \"resourceType\": \"Patient\",\n  \"active\": tru\n}");

        Assert.Contains("line 3, column 16", issue.Details, StringComparison.Ordinal);
        Assert.Equal("fatal", issue.Severity);
    }

    [Fact]
    public void Read_AnotherType_NamesBoth()
    {
        var issue = Reading.Fault("""{"resourceType":"Patient"}""", Reading.Create with { Type = "Encounter" });

        Assert.Equal(("value", "Encounter"), (issue.Code, issue.Expression));
        Assert.Contains("Patient", issue.Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"active\":true,\"active\":true", "structure", "Patient.active")]
    [InlineData("\"resourceType\":\"Patient\"", "structure", "Patient.resourceType")]
    [InlineData("\"color\":1", "structure", "Patient.color")]
    [InlineData("\"name\":[{\"familly\":\"A\"}]", "structure", "Patient.name[0].familly")]
    [InlineData("\"Max Muster\":1", "structure", "Patient")]
    [InlineData("\"name\":{\"family\":\"A\"}", "structure", "Patient.name")]
    [InlineData("\"active\":[true]", "structure", "Patient.active")]
    [InlineData("\"name\":[\"A\"]", "structure", "Patient.name[0]")]
    [InlineData("\"name\":[{\"family\":\"A\"},null]", "structure", "Patient.name[1]")]
    [InlineData("\"name\":[[]]", "structure", "Patient.name[0]")]
    [InlineData("\"name\":[]", "structure", "Patient.name")]
    [InlineData("\"name\":[{}]", "structure", "Patient.name[0]")]
    [InlineData("\"name\":[{\"id\":\"a\"}]", "invariant", "Patient.name[0]")]
    [InlineData("\"meta\":{}", "structure", "Patient.meta")]
    [InlineData("\"meta\":[]", "structure", "Patient.meta")]
    [InlineData("\"birthDate\":\"\"", "value", "Patient.birthDate")]
    [InlineData("\"birthDate\":null", "structure", "Patient.birthDate")]
    [InlineData("\"birthDate\":{}", "structure", "Patient.birthDate")]
    [InlineData("\"birthDate\":2000", "structure", "Patient.birthDate")]
    [InlineData("\"active\":\"true\"", "structure", "Patient.active")]
    [InlineData("\"multipleBirthInteger\":\"1\"", "structure", "Patient.multipleBirth")]
    [InlineData("\"multipleBirthInteger\":1.0", "value", "Patient.multipleBirth")]
    [InlineData("\"multipleBirthInteger\":1,\"multipleBirthBoolean\":true", "structure", "Patient.multipleBirth")]
    [InlineData("\"multipleBirthString\":\"1\"", "structure", "Patient.multipleBirthString")]
    [InlineData("\"_multipleBirthInteger\":{\"id\":\"a\"},\"multipleBirthBoolean\":true", "structure", "Patient.multipleBirth")]
    [InlineData("\"gender\":\"f\"", "code-invalid", "Patient.gender")]
    [InlineData("\"gender\":\"Female\"", "code-invalid", "Patient.gender")]
    [InlineData("\"id\":7", "structure", "Patient.id")]
    [InlineData("\"language\":\" de\"", "value", "Patient.language")]
    [InlineData("\"_birthDate\":{}", "structure", "Patient.birthDate")]
    [InlineData("\"_birthDate\":{\"value\":1}", "structure", "Patient.birthDate.value")]
    [InlineData("\"_birthDate\":[null]", "structure", "Patient.birthDate")]
    [InlineData("\"_name\":[{\"id\":\"a\"}]", "structure", "Patient._name")]
    [InlineData("\"name\":[{\"given\":[null]}]", "structure", "Patient.name[0].given[0]")]
    [InlineData("\"name\":[{\"given\":[\"A\",null],\"_given\":[null,null]}]", "structure", "Patient.name[0].given[1]")]
    [InlineData("\"name\":[{\"given\":[\"A\"],\"_given\":[null,null]}]", "structure", "Patient.name[0].given[1]")]
    [InlineData("\"name\":[{\"_given\":[null,{\"id\":\"a\"}]}]", "structure", "Patient.name[0].given[0]")]
    [InlineData("\"name\":[{\"family\":\"a\\u0000b\"}]", "value", "Patient.name[0].family")]
    [InlineData("\"name\":[{\"family\":\"a\\ud800b\"}]", "value", "Patient.name[0].family")]
    [InlineData("\"\\ud800\":1", "structure", "Patient")]
    [InlineData("\"link\":[{\"type\":\"refer\"}]", "required", "Patient.link[0].other")]
    [InlineData("\"extension\":[{\"valueString\":\"a\"}]", "required", "Patient.extension[0].url")]
    [InlineData("\"extension\":[{\"url\":\"http://a\"}]", "invariant", "Patient.extension[0]")]
    [InlineData("\"extension\":[{\"url\":\"http://a\",\"valueString\":\"a\",\"extension\":[{\"url\":\"b\",\"valueString\":\"c\"}]}]", "invariant", "Patient.extension[0]")]
    [InlineData("\"extension\":[{\"url\":\"http://a\",\"valuePatient\":\"a\",\"valueCode\":\"a\"}]", "structure", "Patient.extension[0].valuePatient")]
    [InlineData("\"text\":{\"div\":\"<div>a</div>\"}", "required", "Patient.text.status")]
    [InlineData("\"text\":{\"status\":\"generated\",\"div\":\"a\"}", "invariant", "Patient.text.div")]
    [InlineData("\"contained\":[{\"id\":\"a\"}]", "required", "Patient.contained[0]")]
    [InlineData("\"contained\":[{\"resourceType\":\"X\"}]", "value", "Patient.contained[0]")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"#a\"}]", "invariant", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"#\"}]", "invariant", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"a\"}]", "value", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"Doctor/1\"}]", "value", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"Patient/1\"}]", "value", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"Patient?name=a\"}]", "value", "Patient.generalPractitioner[0].reference")]
    [InlineData("\"generalPractitioner\":[{\"reference\":\"https://other.example/fhir/Patient/1\"}]", "value", "Patient.generalPractitioner[0].reference")]
    public void Read_OneFault_NamesItsElement(string members, string code, string expression)
    {
        var issue = Reading.Fault($$"""{"resourceType":"Patient",{{members}}}""");

        Assert.Equal((code, expression), (issue.Code, issue.Expression));
    }

    [Theory]
    [InlineData("""{"resourceType":"Observation","code":{"text":"a"}}""", "required", "Observation.status")]
    [InlineData("""{"resourceType":"Observation","status":"final"}""", "required", "Observation.code")]
    [InlineData("""{"resourceType":"Observation","status":"finished","code":{"text":"a"}}""", "code-invalid", "Observation.status")]
    [InlineData("""{"resourceType":"Encounter","status":"planned","class":{"code":"AMB"},"subject":{"reference":"Practitioner/1"}}""", "value", "Encounter.subject.reference")]
    [InlineData("""{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"}}""", "required", "MedicationRequest.medication")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","active":1}}]}""", "structure", "Bundle.entry[0].resource.active")]
    [InlineData("""{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","link":[{"type":"refer","other":{"reference":"#a"}}]}}]}""", "invariant", "Bundle.entry[0].resource.link[0].other.reference")]
    [InlineData("""{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"type":"string"}]}]}""", "required", "Questionnaire.item[0].item[0].linkId")]
    public void Read_OneFaultElsewhere_NamesItsElement(string json, string code, string expression)
    {
        var issue = Reading.Fault(json);

        Assert.Equal((code, expression), (issue.Code, issue.Expression));
    }

    [Theory]
    [InlineData("\"contained\":[{\"resourceType\":\"Organization\",\"name\":\"A\"}]", "required", "Patient.contained[0].id")]
    [InlineData("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"A\",\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"p\"}]}]", "invariant", "Patient.contained[0].contained[0]")]
    [InlineData("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\"},{\"resourceType\":\"Organization\",\"id\":\"o\"}]", "duplicate", "Patient.contained[1].id")]
    [InlineData("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"active\":\"no\"}]", "structure", "Patient.contained[0].active")]
    public void Read_FaultInContained_NamesItsElement(string members, string code, string expression)
    {
        var result = Reading.Read($$"""{"resourceType":"Patient","managingOrganization":{"reference":"#o"},{{members}}}""");

        Assert.Null(result.Resource);
        Assert.Contains(result.Issues, issue => issue.Code == code && issue.Expression == expression);
    }

    [Fact]
    public void Read_ContainedThatNothingRefersTo_IsAWarning()
    {
        var result = Reading.Read("""{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}]}""");

        Assert.NotNull(result.Resource);
        var issue = Assert.Single(result.Issues);
        Assert.Equal(("warning", "Patient.contained[0]"), (issue.Severity, issue.Expression));
    }

    [Theory]
    [InlineData("""{"resourceType":"Patient"}""", "required")]
    [InlineData("""{"resourceType":"Patient","id":"b2"}""", "value")]
    [InlineData("""{"resourceType":"Patient","id":"\ud800"}""", "value")]
    [InlineData("""{"resourceType":"Patient","id":"a_1"}""", "value")]
    [InlineData("""{"resourceType":"Patient","id":7}""", "structure")]
    public void Read_UpdateWithoutItsId_IsRefused(string json, string code)
    {
        var issue = Reading.Fault(json, Reading.Update);

        Assert.Equal((code, "Patient.id"), (issue.Code, issue.Expression));
    }

    [Fact]
    public void Read_ManyFaults_ReportsAll()
    {
        var result = Reading.Read("""{"resourceType":"Patient","active":1,"gender":"x","birthDate":"1.1.2000","name":[{"family":2}]}""");

        Assert.Equal(
            ["Patient.active", "Patient.gender", "Patient.birthDate", "Patient.name[0].family"],
            result.Issues.Select(issue => issue.Expression));
    }

    [Fact]
    public void Read_VeryManyFaults_StopsAtFifty()
    {
        var items = string.Join(',', Enumerable.Repeat("{\"a\":1}", 1000));

        var result = Reading.Read($$"""{"resourceType":"Patient","name":[{{items}}]}""");

        Assert.Equal(50, result.Issues.Count);
        Assert.Equal("too-costly", result.Issues[^1].Code);
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    [InlineData(450, false)]
    public void Read_DeepNesting_EndsAt128Levels(int extensions, bool isValid)
    {
        // The resource is a level, each extension two: its array and itself.
        var json = new StringBuilder("{\"resourceType\":\"Patient\"");
        for (var i = 0; i < extensions; i++)
        {
            json.Append(",\"extension\":[{\"url\":\"http://a\"");
        }

        json.Append(",\"valueBoolean\":true").Insert(json.Length, "}]", extensions).Append('}');

        var result = Reading.Read(json.ToString());

        Assert.Equal(isValid, result.Resource is not null);
        Assert.Equal(!isValid, result.Issues.Any(issue => issue.Code == "too-costly"));
    }

    [Fact]
    public void Read_InvalidUtf8_IsRefused()
    {
        var json = Encoding.UTF8.GetBytes("""{"resourceType":"Patient","name":[{"family":"AB"}]}""");
        json[^5] = 0xC3;

        Assert.Null(Reading.Read(json).Resource);
    }

    [Fact]
    public void Read_Faults_NeverRepeatValues()
    {
        var result = Reading.Read(
            """
            {"resourceType":"Patient","Secret1 x":1,"birthDate":"Secret2","gender":"Secret3","managingOrganization":{"reference":"Secret4"},
            "generalPractitioner":[{"reference":"Secret5/1"}],"active":"Secret6","contained":[{"resourceType":"Secret7"}],"text":{"status":"empty","div":"<Secret8>"}}
            """);

        Assert.Equal(8, result.Issues.Count);
        Assert.DoesNotContain(result.Issues, issue => (issue.Details + issue.Expression).Contains("Secret", StringComparison.Ordinal));
    }
}
