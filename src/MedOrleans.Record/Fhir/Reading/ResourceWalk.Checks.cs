using System.Text;
using System.Text.Json;

namespace MedOrleans.Record.Fhir.Reading;

/// <content>What is checked of an object as a whole, and resources within resources.</content>
internal sealed partial class ResourceWalk
{
    private void CheckElements(TypeModel type, int frame)
    {
        foreach (var element in type.Elements)
        {
            ref var slot = ref _slots[frame + element.Index];
            if ((slot.Choice | slot.SiblingChoice) == 0)
            {
                if (element.IsMandatory)
                {
                    _log.ErrorAt(element.Name, "required", "The element is mandatory.");
                }
            }
            else if (slot.Nulls is not null || (slot.SiblingChoice != 0 && element.IsCollection))
            {
                CheckAlignment(element, slot);
            }
        }
    }

    /// <summary>
    /// Each item of a repeating primitive is in one of its two arrays at least. The shorter one is taken to end in nulls,
    /// as the reference implementations do.
    /// </summary>
    private void CheckAlignment(ElementModel element, in Slot slot)
    {
        for (var index = 0; index < Math.Max(slot.Items, slot.SiblingItems) && !_log.IsFull; index++)
        {
            var hasValue = index < slot.Items && slot.Nulls?.Contains(index) != true;
            if (!hasValue && (index >= slot.SiblingItems || slot.SiblingNulls?.Contains(index) == true))
            {
                _log.ErrorAt(
                    $"{element.Name}[{index}]", "structure", "An item that is null must have an id or an extension in the array with the underscore.");
            }
        }
    }

    private void CheckInvariants(TypeModel type, int frame, int members, Place place)
    {
        if (type.IsExtension)
        {
            var hasValue = IsThere(frame + type.ValueIndex);
            if (hasValue == IsThere(frame + type.ExtensionIndex))
            {
                _log.Error("invariant", hasValue
                    ? "An extension has a value or extensions, not both (ext-1)."
                    : "An extension must have a value or extensions (ext-1).");
            }
        }
        else if (members == 1 && !type.IsResource && type != TypeModels.Element && IsThere(frame + type.IdIndex))
        {
            _log.Error("invariant", "An element must have more than an id (ele-1).");
        }

        if (place == Place.Root && _options.IdMustMatch && !IsThere(frame + type.IdIndex))
        {
            _log.ErrorAt("id", "required", "The resource must carry the id that it is stored under.");
        }

        if (place == Place.Contained && !IsThere(frame + type.IdIndex))
        {
            _log.ErrorAt("id", "required", "A contained resource must have an id to be referred to.");
        }
    }

    private bool IsThere(int slot) => _slots[slot].Choice != 0 || _slots[slot].SiblingChoice != 0;

    /// <summary>A contained resource, or the one of a bundle's entry or a parameter.</summary>
    private void ReadResource(ref Utf8JsonReader reader, ElementModel element, Place place)
    {
        if (_log.IsFull || FindType(reader, Place.Element) is not { } type)
        {
            reader.Skip();
            return;
        }

        if (element.Name == "contained")
        {
            if (place == Place.Contained)
            {
                _log.Error("invariant", "A contained resource must not contain others (dom-2).");
                reader.Skip();
                return;
            }

            _containedDepth++;
            ReadObject(ref reader, type.Model, element, Place.Contained);
            _containedDepth--;
            return;
        }

        // What an entry holds is a record of its own: its references are resolved within it, and left as they are.
        var (locals, contained) = (_locals, _containedDepth);
        (_locals, _containedDepth) = (new LocalReferences(), 0);
        _entryDepth++;
        ReadObject(ref reader, type.Model, element, Place.Entry);
        _entryDepth--;
        _locals.Check(_log);
        (_locals, _containedDepth) = (locals, contained);
    }

    private static Member? FindEscaped(ref Utf8JsonReader reader, TypeModel type)
    {
        try
        {
            return type.Members.Find(Encoding.UTF8.GetBytes(reader.GetString()!));
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: no name.
            return null;
        }
    }

    private void ReportUnknown(ref Utf8JsonReader reader, TypeModel type)
    {
        // A name that could not be an element's might be anything, a patient's too: the issue does not repeat it.
        var name = reader.ValueSpan;
        if (name.Length is > 0 and <= 64 && !name.ContainsAnyExcept(s_nameBytes))
        {
            _log.ErrorAt(Encoding.ASCII.GetString(name), "structure", $"{type.Name} has no such element.");
        }
        else
        {
            _log.Error("structure", $"{type.Name} has no element of a name that is there.");
        }
    }
}
