namespace MedOrleans.Record.Fhir.Reading;

/// <summary>The primitive types of FHIR R4, and what of them needs a rule of its own.</summary>
internal enum PrimitiveKind
{
    /// <summary>Not a primitive.</summary>
    None,
    Boolean,
    Integer,
    UnsignedInt,
    PositiveInt,
    Decimal,

    /// <summary>The first of those that JSON writes as a string.</summary>
    String,
    Markdown,
    Code,
    Id,
    Uri,
    Url,
    Canonical,
    Oid,
    Uuid,
    Date,
    DateTime,
    Instant,
    Time,
    Base64Binary,
    Xhtml,

    /// <summary><c>Reference.reference</c>: a string with a form.</summary>
    Reference,
}
