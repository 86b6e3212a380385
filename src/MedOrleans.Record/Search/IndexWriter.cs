using System.Text.Json;

namespace MedOrleans.Record.Search;

/// <summary>Turns an element of one datatype into index entries of one parameter.</summary>
internal abstract class IndexWriter
{
    /// <summary>Writes the entries of one element.</summary>
    public abstract void Write(JsonElement value, IndexSink sink);

    /// <summary>The writer of a kind of parameter for a FHIR datatype; null where the two do not go together.</summary>
    public static IndexWriter? For(SearchParameterKind kind, string datatype, int parameter, int identifierParameter) => kind switch
    {
        SearchParameterKind.Token => datatype switch
        {
            "Coding" => new CodingWriter(parameter),
            "CodeableConcept" => new CodeableConceptWriter(parameter),
            "Identifier" => new IdentifierWriter(parameter),
            "ContactPoint" => new ContactPointWriter(parameter),
            "code" or "boolean" or "string" or "id" or "uri" or "canonical" or "oid" or "uuid" or "url" => new CodeWriter(parameter),
            _ => null,
        },
        SearchParameterKind.String => datatype switch
        {
            "HumanName" => new PartsWriter(parameter, "family", "given", "prefix", "suffix", "text"),
            "Address" => new PartsWriter(
                parameter, "line", "city", "district", "state", "postalCode", "country", "text"),
            "string" or "markdown" => new WordsWriter(parameter),
            _ => null,
        },
        SearchParameterKind.Date => datatype switch
        {
            "date" or "dateTime" or "instant" => new DateWriter(parameter),
            "Period" => new PeriodWriter(parameter),
            "Timing" => new TimingWriter(parameter),
            _ => null,
        },
        SearchParameterKind.Reference => datatype switch
        {
            "Reference" => new ReferenceWriter(parameter, identifierParameter),
            "canonical" => new CanonicalWriter(parameter),
            "uri" or "url" => new PlainWriter(parameter),
            _ => null,
        },
        SearchParameterKind.Quantity => datatype switch
        {
            "Quantity" or "Age" or "Duration" or "Count" or "Distance" or "SimpleQuantity" => new QuantityWriter(parameter),
            "Money" => new MoneyWriter(parameter),
            "Range" => new RangeWriter(parameter, withUnits: true),
            _ => null,
        },
        SearchParameterKind.Number => datatype switch
        {
            "integer" or "decimal" or "positiveInt" or "unsignedInt" => new NumberWriter(parameter),
            "Range" => new RangeWriter(parameter, withUnits: false),
            _ => null,
        },
        SearchParameterKind.Uri => datatype switch
        {
            "canonical" => new CanonicalWriter(parameter),
            "uri" or "url" or "oid" or "uuid" => new PlainWriter(parameter),
            _ => null,
        },
        _ => null,
    };
}
