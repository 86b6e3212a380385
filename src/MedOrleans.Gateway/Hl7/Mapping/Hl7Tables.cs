using System.Collections.Frozen;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Code tables of HL7 v2 as FHIR R4 has them: the concept maps of the HL7 "v2-to-FHIR" implementation guide, for what is mapped here.</summary>
internal static class Hl7Tables
{
    /// <summary>Where tables of v2 are.</summary>
    public const string V2 = "http://terminology.hl7.org/CodeSystem/v2-";

    /// <summary>Table 0001: administrative sex.</summary>
    public static FrozenDictionary<string, string> Gender { get; } = Map("F female M male O other U unknown A other N other");

    /// <summary>Table 0002: marital status, to v3-MaritalStatus; what has no equal there stays in the v2 table.</summary>
    public static FrozenDictionary<string, string> MaritalStatus { get; } = Map("A L D D I I M M P P S U W W C C T T");

    /// <summary>Table 0004: patient class, to v3-ActCode.</summary>
    public static FrozenDictionary<string, string> PatientClass { get; } = Map("E EMER I IMP O AMB P PRENC R AMB B IMP");

    /// <summary>Table 0200: name type, to a name's use.</summary>
    public static FrozenDictionary<string, string> NameUse { get; } = Map("L official D usual M maiden N nickname S anonymous A nickname B official BAD old NB temp P nickname");

    /// <summary>Table 0190: address type, to an address's use.</summary>
    public static FrozenDictionary<string, string> AddressUse { get; } = Map("H home HOME home B work O work C temp BA old BI billing L home");

    /// <summary>Table 0201: telecommunication use, to a contact's.</summary>
    public static FrozenDictionary<string, string> TelecomUse { get; } = Map("PRN home ORN home VHN home WPN work PRS mobile");

    /// <summary>Table 0202: equipment, to a contact's system.</summary>
    public static FrozenDictionary<string, string> TelecomSystem { get; } = Map("PH phone CP phone SAT phone TDD phone TTY phone FX fax BP pager Internet email X.400 email MD other");

    /// <summary>Table 0085: the status of an observation.</summary>
    public static FrozenDictionary<string, string> ObservationStatus { get; } =
        Map("C corrected D entered-in-error F final I registered N registered O registered P preliminary R preliminary S preliminary U final W entered-in-error X cancelled A amended B amended");

    /// <summary>Table 0123: the status of a report.</summary>
    public static FrozenDictionary<string, string> ReportStatus { get; } = Map("O registered I registered S registered A partial P preliminary C corrected R preliminary F final X cancelled M amended N amended");

    /// <summary>Table 0078: interpretation; codes that v3-ObservationInterpretation has too.</summary>
    public static FrozenSet<string> Interpretation { get; } = "A AA B D H HH HU I IND L LL LU N ND NEG NR POS R RR S U W WR < >".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Priorities of TQ1-9, ORC-7.6, OBR-5 and OBR-27.6.</summary>
    public static FrozenDictionary<string, string> Priority { get; } = Map("S stat A asap R routine P routine C urgent T urgent");

    /// <summary>Table 0063: relationship, to v2-0131's or v3-RoleCode's code.</summary>
    public static FrozenDictionary<string, string> Relationship { get; } = Map("SPO SPS PAR PRN MTH MTH FTH FTH CHD CHILD BRO BRO SIS SIS SIB SIB GRP GRPRN GRD GUARD DOM DOMPART FND FRND");

    /// <summary>Table 0128: severity of an allergy's reaction.</summary>
    public static FrozenDictionary<string, string> Severity { get; } = Map("SV severe MO moderate MI mild");

    /// <summary>Table 0127: kind of allergen, to a category.</summary>
    public static FrozenDictionary<string, string> AllergyCategory { get; } = Map("DA medication FA food AA biologic EA environment LA environment PA environment");

    private static readonly FrozenDictionary<string, string> s_systems = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["LN"] = "http://loinc.org",
        ["SCT"] = "http://snomed.info/sct",
        ["SNM"] = "http://snomed.info/sct",
        ["SNOMED"] = "http://snomed.info/sct",
        ["I10"] = "http://hl7.org/fhir/sid/icd-10",
        ["ICD10"] = "http://hl7.org/fhir/sid/icd-10",
        ["I10C"] = "http://hl7.org/fhir/sid/icd-10-cm",
        ["I10P"] = "http://www.cms.gov/Medicare/Coding/ICD10",
        ["I9"] = "http://hl7.org/fhir/sid/icd-9-cm",
        ["I9C"] = "http://hl7.org/fhir/sid/icd-9-cm",
        ["I9CDX"] = "http://hl7.org/fhir/sid/icd-9-cm",
        ["I9M"] = "http://hl7.org/fhir/sid/icd-9-cm",
        ["CVX"] = "http://hl7.org/fhir/sid/cvx",
        ["MVX"] = "http://hl7.org/fhir/sid/mvx",
        ["NDC"] = "http://hl7.org/fhir/sid/ndc",
        ["C4"] = "http://www.ama-assn.org/go/cpt",
        ["CPT"] = "http://www.ama-assn.org/go/cpt",
        ["CPTM"] = "http://www.ama-assn.org/go/cpt",
        ["RXNORM"] = "http://www.nlm.nih.gov/research/umls/rxnorm",
        ["UCUM"] = "http://unitsofmeasure.org",
        ["DCM"] = "http://dicom.nema.org/resources/ontology/DCM",
        ["ISO3166_1"] = "urn:iso:std:iso:3166",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The system of a name in table 0396; of a local one a urn with its name.</summary>
    public static string? SystemOf(string name) => name.Length == 0 ? null
        : s_systems.TryGetValue(name, out var system) ? system
        : name.StartsWith("HL7", StringComparison.Ordinal) && name.Length == 7 && name[3..].All(char.IsAsciiDigit) ? V2 + name[3..]
        : $"urn:medorleans:hl7v2:coding:{Uri.EscapeDataString(name)}";

    private static FrozenDictionary<string, string> Map(string pairs) =>
        pairs.Split(' ').Chunk(2).ToFrozenDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
