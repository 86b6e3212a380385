using System.Reflection;
using System.Text.Json.Nodes;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;
using Hl7.Fhir.Utility;

namespace MedOrleans.Tests.Search;

/// <summary>Makes a resource that has every element of its type; its variants take different choices and codes. Comparators are left out: Firely's FHIRPath refuses quantities with one.</summary>
internal static class FullResource
{
    private const int MaxDepth = 6;
    private static readonly string[] s_targets = ["Patient", "Practitioner", "RelatedPerson", "Location", "http://elsewhere/fhir/Patient", "Group", "Device"];

    public static string Of(string type, int variant)
    {
        var made = Object(ModelInfo.ModelInspector.FindClassMapping(type)!, variant, 0);
        made["resourceType"] = type;
        return made.ToJsonString();
    }

    private static JsonObject Object(ClassMapping type, int variant, int depth)
    {
        var made = new JsonObject();
        foreach (var element in type.PropertyMappings.Where(element => element.Name is not ("extension" or "modifierExtension" or "contained" or "comparator")))
        {
            var choices = element.FhirType.Select(ModelInfo.ModelInspector.FindClassMapping).OfType<ClassMapping>().Where(choice => !choice.IsResource && choice.Name is not ("Extension" or "Narrative")).ToList();
            if (choices.Count == 0 || (depth >= MaxDepth && !choices[0].IsFhirPrimitive))
            {
                continue;
            }

            var choice = choices[variant % choices.Count];
            var name = element.Choice == ChoiceType.DatatypeChoice ? element.Name + char.ToUpperInvariant(choice.Name[0]) + choice.Name[1..] : element.Name;
            var value = choice.IsFhirPrimitive ? Primitive(element, choice.Name, variant) : Object(choice, variant, depth + 1);
            made[name] = element.IsCollection ? new JsonArray(value) : value;
        }

        return made;
    }

    private static JsonNode Primitive(PropertyMapping element, string type, int variant) => type switch
    {
        "boolean" => variant % 2 == 0,
        "integer" or "positiveInt" or "unsignedInt" => variant + 1,
        "decimal" => variant + 0.5m,
        "date" => "2020-02-03",
        "dateTime" => "2020-02-03T04:05:06+01:00",
        "instant" => "2020-02-03T04:05:06.789Z",
        "time" => "04:05:06",
        "base64Binary" => "AAAA",
        "code" => Code(element, variant),
        "id" => $"id{variant}",
        "oid" => "urn:oid:1.2.3",
        "uuid" => "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        "string" when element.Name == "reference" => $"{s_targets[variant % s_targets.Length]}/r{variant}",
        "uri" or "url" or "canonical" => $"http://x/{element.Name}",
        _ => $"{element.Name} {variant}",
    };

    private static string Code(PropertyMapping element, int variant)
    {
        if (element.ImplementingType is not { IsGenericType: true, GenericTypeArguments: [var values] })
        {
            return "code";
        }

        var literals = values.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetCustomAttribute<EnumLiteralAttribute>()!.Literal).ToList();
        return literals[variant % literals.Count];
    }
}
