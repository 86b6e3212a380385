using System.Collections.Concurrent;
using System.Reflection;
using Hl7.Fhir.Introspection;
using Hl7.Fhir.Model;
using Hl7.Fhir.Specification;
using Hl7.Fhir.Utility;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>Makes the models of the R4 types from Firely's metadata, each once, when it is first met.</summary>
internal static class TypeModels
{
    private static readonly ConcurrentDictionary<Type, TypeModel> s_models = new();
    private static readonly ConcurrentDictionary<Type, Utf8Table<string>> s_codes = new();
    private static readonly Utf8Table<ResourceType> s_resources = new(
        FhirTypes.All.Append("Parameters").Select(name => KeyValuePair.Create(name, new ResourceType(name))));

    /// <summary>What a primitive's underscore member holds.</summary>
    public static TypeModel Element { get; } = Of(ModelInfo.ModelInspector.FindClassMapping("Element")!);

    /// <summary>The resource type of that name; null where R4 has none.</summary>
    public static ResourceType? FindResource(ReadOnlySpan<byte> name) => s_resources.Find(name);

    /// <summary>The model of a type; made at the first use.</summary>
    public static TypeModel Of(ClassMapping mapping) =>
        s_models.TryGetValue(mapping.NativeType, out var model) ? model : s_models.GetOrAdd(mapping.NativeType, Make(mapping));

    private static TypeModel Make(ClassMapping mapping)
    {
        var elements = new List<ElementModel>();
        var members = new Dictionary<string, Member>(StringComparer.Ordinal);
        foreach (var property in mapping.PropertyMappings.OrderBy(property => property.Order))
        {
            var element = new ElementModel
            {
                Name = property.Name,
                Index = elements.Count,
                IsCollection = property.IsCollection,
                IsMandatory = property.IsMandatoryElement,
                HoldsResource = property.Choice == ChoiceType.ResourceChoice,
                Targets = TargetsOf(property),
            };
            elements.Add(element);
            // Of ElementDefinition's choices Firely's metadata names one that came with R5.
            var choices = property.Choice == ChoiceType.DatatypeChoice
                ? property.FhirTypeMappings.Where(type => type.Name != "integer64")
                : property.FhirTypeMappings.Take(1);
            foreach (var (index, type) in choices.Index())
            {
                AddMembers(mapping, property, element, type, index + 1, members);
            }
        }

        return new TypeModel
        {
            Name = mapping.Name,
            IsResource = mapping.IsResource,
            Elements = [.. elements],
            Members = new Utf8Table<Member>(members),
            IsExtension = mapping.NativeType == typeof(Extension),
            IdIndex = elements.FindIndex(element => element.Name == "id"),
            ExtensionIndex = elements.FindIndex(element => element.Name == "extension"),
            ValueIndex = elements.FindIndex(element => element.Name == "value"),
        };
    }

    private static void AddMembers(
        ClassMapping owner, PropertyMapping property, ElementModel element, ClassMapping type, int choice, Dictionary<string, Member> members)
    {
        var name = property.Choice == ChoiceType.DatatypeChoice ? property.Name + char.ToUpperInvariant(type.Name[0]) + type.Name[1..] : property.Name;
        var primitive = element.HoldsResource || !type.IsFhirPrimitive ? PrimitiveKind.None : KindOf(owner, property, type);
        members[name] = new Member(name, element, type)
        {
            Choice = choice,
            Primitive = primitive,
            Codes = property.ImplementingType is { IsGenericType: true } code ? CodesOf(code.GenericTypeArguments[0]) : null,
        };

        // What is an attribute in XML (Element.id, Extension.url) can have no extensions.
        if (primitive != PrimitiveKind.None && property.SerializationHint != XmlRepresentation.XmlAttr)
        {
            members["_" + name] = new Member("_" + name, element, null) { Choice = choice, IsSibling = true };
        }
    }

    private static PrimitiveKind KindOf(ClassMapping owner, PropertyMapping property, ClassMapping type) =>
        owner.Name == "Reference" && property.Name == "reference" ? PrimitiveKind.Reference : Enum.Parse<PrimitiveKind>(type.Name, ignoreCase: true);

    private static string[]? TargetsOf(PropertyMapping property)
    {
        // The attribute is repeated where a later release changed the targets: the latest up to R4 counts.
        var targets = property.NativeProperty?.GetCustomAttributes<ReferencesAttribute>()
            .Where(attribute => attribute.Since <= FhirRelease.R4)
            .MaxBy(attribute => attribute.Since)?.Resources;
        return targets is null || targets.Contains("Resource") ? null : targets;
    }

    private static Utf8Table<string> CodesOf(Type enumeration) => s_codes.GetOrAdd(enumeration, static type => new Utf8Table<string>(
        type.GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => field.GetCustomAttribute<EnumLiteralAttribute>())
            .Where(literal => literal is not null && literal.Since <= FhirRelease.R4)
            .Select(literal => literal!.Literal)
            .Distinct(StringComparer.Ordinal)
            .Select(literal => KeyValuePair.Create(literal, literal))));

    /// <summary>A resource type, whose model is made at the first use.</summary>
    internal sealed class ResourceType(string name)
    {
        private TypeModel? _model;

        public string Name { get; } = name;

        public TypeModel Model => _model ??= Of(ModelInfo.ModelInspector.FindClassMapping(Name)!);
    }
}
