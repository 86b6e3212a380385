namespace MedOrleans.Tests.Search;

/// <summary>Small made-up resources that meet every form of search parameter expression and every datatype.</summary>
internal static class FhirSamples
{
    public static IReadOnlyList<string> All { get; } =
    [
        """
        {"resourceType":"Patient","id":"p1","meta":{"profile":["http://x/p|1"],"tag":[{"system":"urn:t","code":"vip"}],"security":[{"code":"R"}],"source":"urn:s"},
         "active":true,"identifier":[{"system":"urn:mrn","value":"1"},{"value":"2"},{"system":"urn:none"}],
         "name":[{"family":"Müller","given":["Zoë",null,"A"],"_given":[null,{"extension":[{"url":"u","valueString":"v"}]},null],"prefix":["Dr."],"suffix":["Jr"],"text":"Zoë  Müller"},{"family":"Müller"}],
         "telecom":[{"system":"phone","value":"555"},{"system":"email","value":"z@x"},{"value":"none"}],"gender":"female","birthDate":"1980-02",
         "deceasedBoolean":false,"address":[{"use":"home","line":["1 A St","Flat 2"],"city":"B","district":"D","state":"S","postalCode":"1","country":"C","text":"all"}],
         "communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en"}]}}],
         "generalPractitioner":[{"reference":"Practitioner/1"},{"reference":"Organization/2/_history/3"},{"reference":"#c"},{"identifier":{"system":"urn:npi","value":"9"}}],
         "managingOrganization":{"reference":"Organization/1"},"link":[{"other":{"reference":"RelatedPerson/1"},"type":"seealso"}]}
        """,
        """{"resourceType":"Patient","id":"p2","deceasedDateTime":"2020-01-01T10:00:00.123+02:00"}""",
        """{"resourceType":"Patient","id":"p3","name":[{"text":"no parts"}]}""",
        """
        {"resourceType":"Observation","id":"o1","status":"final","category":[{"coding":[{"system":"urn:c","code":"vital"}]}],
         "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"},{"code":"bp"}],"text":"Blood pressure"},
         "subject":{"reference":"Patient/p1"},"effectiveDateTime":"2020-01-01T10:00:00Z",
         "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120.5,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
                      {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueCodeableConcept":{"coding":[{"code":"low"}]}},
                      {"code":{"coding":[{"code":"wave"}]},"valueSampledData":{"origin":{"value":0},"period":10,"dimensions":1,"data":"1 2"}}]}
        """,
        """{"resourceType":"Observation","id":"o2","status":"final","code":{"coding":[{"code":"1"}]},"subject":{"reference":"Group/1"},"effectivePeriod":{"start":"2020"},"valueCodeableConcept":{"coding":[{"system":"s","code":"pos"}],"text":"Positive"}}""",
        """{"resourceType":"Observation","id":"o3","status":"final","code":{"coding":[{"code":"1"}]},"effectiveTiming":{"event":["2020-01-01","2020-03-01"],"repeat":{"boundsPeriod":{"end":"2021-01-01"}}},"valueString":"It  IS"}""",
        """{"resourceType":"Observation","id":"o4","status":"final","code":{"coding":[{"code":"1"}]},"effectiveInstant":"2020-01-01T00:00:00Z","valueDateTime":"2020-01-01"}""",
        """{"resourceType":"Observation","id":"o5","status":"final","code":{"coding":[{"code":"1"}]},"valuePeriod":{"end":"2020-01-01"}}""",
        """{"resourceType":"Observation","id":"o6","status":"final","code":{"coding":[{"code":"1"}]},"valueQuantity":{"value":5,"comparator":"<","unit":"mg"}}""",
        """{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"},"onsetAge":{"value":50,"system":"http://unitsofmeasure.org","code":"a"},"abatementRange":{"low":{"value":51,"unit":"a"},"high":{"value":52}},"evidence":[{"code":[{"coding":[{"code":"e"}]}],"detail":[{"reference":"Observation/o1"}]}],"stage":[{"summary":{"coding":[{"code":"s"}]}}]}""",
        """{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p1"},"onsetDateTime":"2020","abatementString":"spring"}""",
        """{"resourceType":"Condition","id":"c3","subject":{"reference":"Patient/p1"},"onsetString":"as a child","abatementPeriod":{"start":"2020","end":"2021-05"}}""",
        """{"resourceType":"Encounter","id":"e1","status":"finished","class":{"system":"urn:v3","code":"AMB"},"subject":{"reference":"http://elsewhere/fhir/Patient/p1"},"participant":[{"individual":{"reference":"Practitioner/1"}},{"individual":{"reference":"RelatedPerson/1"}}],"period":{"start":"2020-01-01T00:00:00Z"},"length":{"value":2,"unit":"h"},"location":[{"location":{"reference":"Location/1"},"period":{"start":"2020"}}]}""",
        """{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","medicationReference":{"reference":"Medication/1"},"subject":{"reference":"Patient/p1"},"dosageInstruction":[{"timing":{"event":["2020-01-01"]}}]}""",
        """{"resourceType":"MedicationRequest","id":"m2","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"code":"rx"}]},"subject":{"reference":"Patient/p1"}}""",
        """{"resourceType":"Medication","id":"md1","ingredient":[{"itemCodeableConcept":{"coding":[{"code":"i"}]}},{"itemReference":{"reference":"Substance/1"}}],"batch":{"expirationDate":"2030"}}""",
        """{"resourceType":"ActivityDefinition","id":"a1","url":"http://x/a","version":"1.0","status":"draft","useContext":[{"code":{"system":"urn:uc","code":"age"},"valueRange":{"low":{"value":1,"unit":"a"},"high":{"value":5,"unit":"a"}}},{"code":{"code":"focus"},"valueCodeableConcept":{"coding":[{"system":"s","code":"v"}]}},{"code":{"code":"q"},"valueQuantity":{"value":3,"code":"kg","system":"http://unitsofmeasure.org"}}],"relatedArtifact":[{"type":"depends-on","resource":"http://x/l|2"},{"type":"successor","resource":"http://x/s"}],"library":["http://x/lib"],"jurisdiction":[{"coding":[{"code":"US"}]}],"effectivePeriod":{"start":"2020-01-01"},"description":"**Words**\n\tof  it"}""",
        """{"resourceType":"DocumentReference","id":"d1","status":"current","relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/d0"}}],"content":[{"attachment":{"contentType":"text/plain","url":"http://x/doc","creation":"2020-01-01T00:00:00Z"},"format":{"code":"f"}}],"context":{"related":[{"reference":"Encounter/e1"}]}}""",
        """{"resourceType":"Group","id":"g1","type":"person","actual":true,"characteristic":[{"code":{"coding":[{"code":"smokes"}]},"valueBoolean":true,"exclude":false},{"code":{"coding":[{"system":"s","code":"sex"}]},"valueCodeableConcept":{"coding":[{"system":"t","code":"f"}]},"exclude":true}],"member":[{"entity":{"reference":"Patient/p1"}}]}""",
        """{"resourceType":"ConceptMap","id":"cm1","status":"draft","sourceUri":"http://x/s","targetCanonical":"http://x/t|1","group":[{"source":"http://x/cs","target":"http://x/ct","element":[{"code":"a","target":[{"code":"b","equivalence":"equal","product":[{"property":"http://x/prop","value":"v"}]}]}]}]}""",
        """{"resourceType":"RiskAssessment","id":"r1","status":"final","subject":{"reference":"Patient/p1"},"occurrenceDateTime":"2020","prediction":[{"probabilityDecimal":0.25},{"probabilityRange":{"low":{"value":0.1},"high":{"value":0.2}}}]}""",
        """{"resourceType":"Provenance","id":"pv1","target":[{"reference":"Patient/p1"},{"reference":"Observation/o1"}],"occurredDateTime":"2020","recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"Practitioner/1"}}],"signature":[{"type":[{"system":"urn:sig","code":"1"}],"when":"2020-01-01T00:00:00Z","who":{"reference":"Practitioner/1"}}]}""",
        """{"resourceType":"Person","id":"ps1","link":[{"target":{"reference":"Patient/p1"}},{"target":{"reference":"Practitioner/1"}}]}""",
        """{"resourceType":"Location","id":"l1","name":"Ward","alias":["W"],"position":{"longitude":1,"latitude":2},"partOf":{"reference":"Location/0"}}""",
        """{"resourceType":"InsurancePlan","id":"ip1","name":"Plan","alias":["P1","P2"],"contact":[{"address":{"city":"X","line":["1"]}}]}""",
        """{"resourceType":"Questionnaire","id":"q1","status":"active","subjectType":["Patient"],"item":[{"linkId":"1","type":"group","code":[{"code":"top"}],"item":[{"linkId":"1.1","type":"string","code":[{"code":"nested"}]}]}]}""",
        """{"resourceType":"QuestionnaireResponse","id":"qr1","status":"completed","questionnaire":"http://x/q|3"}""",
        """{"resourceType":"Invoice","id":"i1","status":"issued","totalNet":{"value":10.5,"currency":"EUR"},"totalGross":{"value":12}}""",
        """{"resourceType":"ChargeItem","id":"ch1","status":"billed","code":{"coding":[{"code":"c"}]},"subject":{"reference":"Patient/p1"},"factorOverride":1.5,"priceOverride":{"value":3,"currency":"USD"},"quantity":{"value":2},"occurrenceTiming":{"event":["2020-06-01"]}}""",
        """{"resourceType":"MolecularSequence","id":"ms1","coordinateSystem":0,"referenceSeq":{"referenceSeqId":{"coding":[{"code":"NC"}]},"windowStart":1,"windowEnd":9,"chromosome":{"coding":[{"code":"1"}]}},"variant":[{"start":2,"end":3}]}""",
        """{"resourceType":"ImmunizationRecommendation","id":"ir1","patient":{"reference":"Patient/p1"},"date":"2020","recommendation":[{"vaccineCode":[{"coding":[{"code":"v"}]}],"targetDisease":{"coding":[{"code":"t"}]},"forecastStatus":{"coding":[{"code":"due"}]},"dateCriterion":[{"code":{"coding":[{"code":"d"}]},"value":"2021-01-01"}]}]}""",
        """{"resourceType":"Composition","id":"co1","status":"final","type":{"coding":[{"code":"t"}]},"date":"2020","author":[{"reference":"Practitioner/1"}],"title":"T","relatesTo":[{"code":"replaces","targetIdentifier":{"system":"s","value":"v"}},{"code":"appends","targetReference":{"reference":"Composition/0"}}],"event":[{"code":[{"coding":[{"code":"e"}]}],"period":{"start":"2020"}}]}""",
        """{"resourceType":"Goal","id":"go1","lifecycleStatus":"active","description":{"text":"d"},"subject":{"reference":"Patient/p1"},"startDate":"2020-01-01","target":[{"dueDate":"2021-01-01"},{"dueDuration":{"value":3,"code":"d","system":"http://unitsofmeasure.org"}}]}""",
        """{"resourceType":"ServiceRequest","id":"sr1","status":"active","intent":"order","subject":{"reference":"Patient/p1"},"occurrencePeriod":{"start":"2020-01-01","end":"2020-01-02"},"instantiatesCanonical":["http://x/i|1"],"instantiatesUri":["urn:u"]}""",
        """{"resourceType":"Task","id":"t1","status":"requested","intent":"order","for":{"reference":"Patient/p1"},"owner":{"reference":"Practitioner/1"},"executionPeriod":{"end":"2020"},"groupIdentifier":{"value":"g"}}""",
        """{"resourceType":"ValueSet","id":"vs1","url":"http://x/v","status":"active","compose":{"include":[{"system":"http://x/cs"}]},"expansion":{"identifier":"urn:e","timestamp":"2020","contains":[{"code":"a"}]}}""",
        """{"resourceType":"Device","id":"de1","deviceName":[{"name":"Pump","type":"user-friendly-name"}],"udiCarrier":[{"deviceIdentifier":"di","carrierHRF":"hrf"}],"url":"http://x/d","type":{"coding":[{"code":"t"}],"text":"Type"}}""",
        """{"resourceType":"Substance","id":"s1","code":{"coding":[{"code":"c"}]},"instance":[{"identifier":{"value":"x"},"expiry":"2020-01-01","quantity":{"value":5,"unit":"g"}}],"ingredient":[{"quantity":{"numerator":{"value":1}},"substanceReference":{"reference":"Substance/2"}}]}""",
        """{"resourceType":"AllergyIntolerance","id":"ai1","patient":{"reference":"Patient/p1"},"category":["food","medication"],"criticality":"high","reaction":[{"substance":{"coding":[{"code":"nut"}]},"manifestation":[{"coding":[{"code":"hives"}]}],"onset":"2020-01-01"}]}""",
        """{"resourceType":"StructureDefinition","id":"sd1","url":"http://x/sd","name":"SD","status":"draft","kind":"resource","abstract":false,"type":"Patient","keyword":[{"code":"k"}],"context":[{"type":"element","expression":"Patient"}],"snapshot":{"element":[{"path":"Patient","base":{"path":"Patient","min":0,"max":"1"},"binding":{"strength":"required","valueSet":"http://x/v"}}]}}""",
    ];
}
