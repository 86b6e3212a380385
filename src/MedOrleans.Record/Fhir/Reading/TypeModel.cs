using Hl7.Fhir.Introspection;

namespace MedOrleans.Record.Fhir.Reading;

/// <summary>A FHIR type as the walk needs it: its elements, and its JSON members by name.</summary>
internal sealed class TypeModel
{
    /// <summary>The name, <c>Patient</c>, <c>HumanName</c> or <c>Patient.contact</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is a resource.</summary>
    public required bool IsResource { get; init; }

    /// <summary>The elements, in the order of the specification.</summary>
    public required ElementModel[] Elements { get; init; }

    /// <summary>The JSON members: each element's, each choice's, and those with an underscore.</summary>
    public required Utf8Table<Member> Members { get; init; }

    /// <summary>Whether it is <c>Extension</c>.</summary>
    public required bool IsExtension { get; init; }

    /// <summary>The index of the element <c>id</c>; -1 where there is none. So too the others.</summary>
    public required int IdIndex { get; init; }

    /// <summary>The index of <c>extension</c>.</summary>
    public required int ExtensionIndex { get; init; }

    /// <summary>The index of <c>value</c>.</summary>
    public required int ValueIndex { get; init; }
}

/// <summary>An element of a type.</summary>
internal sealed class ElementModel
{
    /// <summary>The name in a path: <c>value</c> also for <c>valueQuantity</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it stands in its type's elements.</summary>
    public required int Index { get; init; }

    /// <summary>Whether it repeats.</summary>
    public required bool IsCollection { get; init; }

    /// <summary>Whether it must be there.</summary>
    public required bool IsMandatory { get; init; }

    /// <summary>Whether it holds a resource of any type.</summary>
    public required bool HoldsResource { get; init; }

    /// <summary>The resource types that a reference may point to; null for any.</summary>
    public string[]? Targets { get; init; }
}

/// <summary>A name that may stand in the JSON of a type.</summary>
internal sealed class Member
{
    private readonly ClassMapping? _mapping;
    private TypeModel? _type;

    public Member(string name, ElementModel element, ClassMapping? mapping)
    {
        Label = [.. "\""u8, .. System.Text.Encoding.UTF8.GetBytes(name), .. "\":"u8];
        Element = element;
        _mapping = mapping;
    }

    /// <summary>The name as it is written: in quotation marks, with its colon.</summary>
    public byte[] Label { get; }

    /// <summary>The element.</summary>
    public ElementModel Element { get; }

    /// <summary>Which of the element's types it is, from 1 on.</summary>
    public required int Choice { get; init; }

    /// <summary>Whether it is the one with the underscore, which holds the id and the extensions of a primitive.</summary>
    public bool IsSibling { get; init; }

    /// <summary>The primitive type of its value.</summary>
    public PrimitiveKind Primitive { get; init; }

    /// <summary>The codes of a required binding; null where there is none.</summary>
    public Utf8Table<string>? Codes { get; init; }

    /// <summary>The type of its value, where that is neither a primitive nor a resource. Made at the first use: types contain themselves.</summary>
    public TypeModel Type => _type ??= TypeModels.Of(_mapping!);
}
