using MedOrleans.Record.Fhir;

namespace MedOrleans.Tests.Fhir;

/// <summary>Valid resources that between them have every kind of content.</summary>
internal static class TestResources
{
    public static string[] All { get; } =
    [
        .. ResourceReader.Samples,
        """
        {"resourceType":"Patient","id":"p","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"],"tag":[{"system":"http://a","code":"b"}]},
        "extension":[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
        {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":"White"}},{"url":"text","valueString":"White"}]}],
        "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>A &amp; B</p></div>"},
        "identifier":[{"use":"official","type":{"coding":[{"code":"MR"}]},"system":"http://h","value":"1","period":{"start":"2001"},"assigner":{"display":"H"}}],
        "active":true,"name":[{"family":"Müller","_family":{"extension":[{"url":"http://own-name","valueString":"Müller"}]},"given":["A",null,"C"],
        "_given":[null,{"id":"g"},null]}],"telecom":[{"system":"phone","value":"1","rank":1}],"gender":"male","birthDate":"1970-03",
        "_birthDate":{"extension":[{"url":"http://birthTime","valueDateTime":"1970-03-01T10:00:00.123+01:00"}]},"deceasedBoolean":false,"multipleBirthInteger":2,
        "generalPractitioner":[{"reference":"#gp"},{"reference":"Practitioner?identifier=a|b"}],"managingOrganization":{"reference":"http://other.example/Organization/1"},
        "contained":[{"resourceType":"Practitioner","id":"gp","name":[{"text":"x"}]}],"link":[{"other":{"reference":"urn:uuid:a"},"type":"seealso"}]}
        """,
        """
        {"resourceType":"Observation","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"BP"},"subject":{"reference":"urn:uuid:a"},
        "effectivePeriod":{"start":"2020-01-01T00:00:00Z","end":"2020-01-02"},"issued":"2020-01-01T00:00:00.000Z","valueRatio":{"numerator":{"value":1.50},
        "denominator":{"value":2}},"component":[{"code":{"text":"sys"},"valueSampledData":{"origin":{"value":0},"period":1.0,"dimensions":1,"data":"E 1 2"}},
        {"code":{"text":"t"},"valueTime":"10:00:00"},{"code":{"text":"r"},"valueRange":{"low":{"value":-1E-2,"comparator":"<"}}}],
        "_issued":{"id":"i"},"referenceRange":[{"low":{"value":90,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}
        """,
        """
        {"resourceType":"Bundle","type":"document","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:b"},"timestamp":"2020-01-01T00:00:00Z","entry":[
        {"fullUrl":"urn:uuid:a","resource":{"resourceType":"Composition","status":"final","type":{"text":"x"},"date":"2020","author":[{"reference":"urn:uuid:b"}],
        "title":"T","section":[{"title":"S","section":[{"entry":[{"reference":"urn:uuid:a"}]}]}]}},
        {"fullUrl":"urn:uuid:b","resource":{"id":"x","resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b","resource":{"resourceType":"Basic","code":{"text":"c"}}}]}]}}]}
        """,
        """
        {"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"contentType":"text/plain","data":"aGVsbG8=","size":5,"hash":"aGk=","url":"urn:uuid:a"},
        "format":{"system":"http://ihe","code":"urn:ihe:x","userSelected":true}}],"context":{"related":[{"identifier":{"value":"1"},"type":"Basic"}]}}
        """,
        """
        {"resourceType":"Person","name":[{"given":[null,"A"],"_given":[{"id":"g"}]},{"given":["A"],"_given":[null,{"id":"g"}]}]}
        """,
        """
        {"resourceType":"ImplementationGuide","url":"http://g","name":"G","status":"draft","packageId":"a.b","fhirVersion":["4.0.1"]}
        """,
        """
        {"resourceType":"Questionnaire","status":"active","url":"http://q","version":"1","subjectType":["Patient"],"item":[{"linkId":"1","type":"group","item":[
        {"linkId":"1.1","type":"choice","answerOption":[{"valueInteger":1},{"valueDate":"2020-01-01","initialSelected":true}],"enableWhen":[
        {"question":"1","operator":"exists","answerBoolean":true}]}]}]}
        """,
        """
        {"resourceType":"StructureDefinition","url":"http://s","name":"S","status":"draft","kind":"resource","abstract":false,"type":"Patient",
        "baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[{"id":"Patient.x","path":"Patient.x","min":0,"max":"*",
        "type":[{"code":"string"}],"patternCodeableConcept":{"text":"a"},"maxLength":3,"binding":{"strength":"required","valueSet":"http://v|1"}}]}}
        """,
        """
        {"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"m"},"subject":{"reference":"Patient/1"},
        "dosageInstruction":[{"timing":{"repeat":{"boundsDuration":{"value":1,"unit":"d","system":"http://unitsofmeasure.org","code":"d"},"frequency":2,"period":1,"periodUnit":"d",
        "timeOfDay":["08:00:00","20:00:00"],"dayOfWeek":["mon"]}},"asNeededBoolean":false,"doseAndRate":[{"doseQuantity":{"value":5.00}}]}],"note":[{"text":"**x**","time":"2020"}]}
        """,
    ];
}
