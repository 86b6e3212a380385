using System.Text.Json;

namespace MedOrleans.Record.Fhir.Reading;

/// <content>Objects, their members and arrays.</content>
internal sealed partial class ResourceWalk
{
    /// <summary>Reads the object at whose start the reader stands, and leaves it at its end.</summary>
    /// <param name="via">The element that holds it; its targets are those of a reference.</param>
    private void ReadObject(ref Utf8JsonReader reader, TypeModel type, ElementModel? via, Place place)
    {
        if (_log.IsFull || IsTooDeep(ref reader))
        {
            reader.Skip();
            return;
        }

        var frame = _slotTop;
        _slotTop += type.Elements.Length;
        if (_slotTop > _slots.Length)
        {
            Array.Resize(ref _slots, _slotTop * 2);
        }

        Array.Clear(_slots, frame, type.Elements.Length);
        _out.Append((byte)'{');
        var members = 0;
        var hasType = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            members++;
            if ((reader.ValueIsEscaped ? FindEscaped(ref reader, type) : type.Members.Find(reader.ValueSpan)) is { } member)
            {
                ReadMember(ref reader, member, frame, via, place);
            }
            else if (type.IsResource && reader.ValueTextEquals("resourceType"u8))
            {
                ReadResourceType(ref reader, hasType, place);
                hasType = true;
            }
            else
            {
                ReportUnknown(ref reader, type);
                reader.Skip();
            }
        }

        _out.Append((byte)'}');
        if (members == 0)
        {
            _log.Error("structure", "An object must have members.");
        }
        else
        {
            CheckElements(type, frame);
            CheckInvariants(type, frame, members, place);
        }

        _slotTop = frame;
    }

    private void ReadMember(ref Utf8JsonReader reader, Member member, int frame, ElementModel? via, Place place)
    {
        var element = member.Element;
        var slot = frame + element.Index;
        _log.Enter(element.Name);
        if (!Claim(ref _slots[slot], member))
        {
            reader.Skip();
            _log.Leave();
            return;
        }

        if (place == Place.Root && !member.IsSibling && element.Name is "id" or "meta")
        {
            ReadIdentity(ref reader, member, slot);
            _log.Leave();
            return;
        }

        var before = _out.Length;
        _out.Separate();
        _out.Append(member.Label);
        reader.Read();
        ReadValue(ref reader, member, slot, via, place);
        if (place == Place.RootMeta && element.Name is "versionId" or "lastUpdated")
        {
            // The stamp of each version says both.
            _out.Length = before;
        }

        _log.Leave();
    }

    /// <summary>Takes the element's slot for the member; false where another has it.</summary>
    private bool Claim(ref Slot slot, Member member)
    {
        ref var own = ref member.IsSibling ? ref slot.SiblingChoice : ref slot.Choice;
        var other = member.IsSibling ? slot.Choice : slot.SiblingChoice;
        if (own == member.Choice)
        {
            _log.Error("structure", "The member is there twice.");
            return false;
        }

        if (own != 0 || (other != 0 && other != member.Choice))
        {
            _log.Error("structure", "The element is there with two types; it can have one.");
            return false;
        }

        own = member.Choice;
        return true;
    }

    /// <summary>The id and the meta of the resource itself, which stand at the front of the body.</summary>
    private void ReadIdentity(ref Utf8JsonReader reader, Member member, int slot)
    {
        reader.Read();
        if (member.Element.Name == "meta")
        {
            _out = _meta;
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadObject(ref reader, member.Type, member.Element, Place.RootMeta);
            }
            else
            {
                ReadValue(ref reader, member, slot, null, Place.Root);
            }

            _out = _rest;
            return;
        }

        var before = _out.Length;
        if (_options.IdMustMatch)
        {
            ReadValue(ref reader, member, slot, null, Place.Root);
        }
        else if (reader.TokenType != JsonTokenType.String)
        {
            ReportKind(ref reader, PrimitiveKind.Id);
            reader.Skip();
        }

        _out.Length = before;
    }

    private void ReadResourceType(ref Utf8JsonReader reader, bool again, Place place)
    {
        if (again)
        {
            _log.ErrorAt("resourceType", "structure", "The member is there twice.");
        }

        reader.Read();
        if (place != Place.Root)
        {
            _out.Separate();
            _out.Append("\"resourceType\":"u8);
            _out.AppendString(reader.ValueSpan);
        }
    }

    private void ReadValue(ref Utf8JsonReader reader, Member member, int slot, ElementModel? via, Place place)
    {
        if (!member.Element.IsCollection)
        {
            ReadItem(ref reader, member, slot, -1, via, place);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            _log.Error("structure", "The element repeats: its value must be an array.");
            reader.Skip();
            return;
        }

        if (IsTooDeep(ref reader))
        {
            reader.Skip();
            return;
        }

        _out.Append((byte)'[');
        var items = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; items++)
        {
            _log.GoTo(items);
            _out.Separate();
            ReadItem(ref reader, member, slot, items, via, place);
        }

        _log.GoTo(-1);
        _out.Append((byte)']');
        if (items == 0)
        {
            _log.Error("structure", "An array must have items.");
        }

        (member.IsSibling ? ref _slots[slot].SiblingItems : ref _slots[slot].Items) = items;
    }

    private void ReadItem(ref Utf8JsonReader reader, Member member, int slot, int index, ElementModel? via, Place place)
    {
        if (reader.TokenType == JsonTokenType.Null && index >= 0 && (member.IsSibling || member.Primitive != PrimitiveKind.None))
        {
            // Right where the array beside has an item for it, which is seen when both have been read.
            ref var nulls = ref member.IsSibling ? ref _slots[slot].SiblingNulls : ref _slots[slot].Nulls;
            (nulls ??= []).Add(index);
            _out.Append("null"u8);
        }
        else if (member.Primitive != PrimitiveKind.None && !member.IsSibling)
        {
            ReadPrimitive(ref reader, member, via, place);
        }
        else if (reader.TokenType != JsonTokenType.StartObject)
        {
            _log.Error("structure", reader.TokenType switch
            {
                JsonTokenType.StartArray => "The value must be an object, not an array.",
                JsonTokenType.Null => "The value must be an object, not null: what is absent is left out.",
                _ => "The value must be an object.",
            });
            reader.Skip();
        }
        else if (member.Element.HoldsResource)
        {
            ReadResource(ref reader, member.Element, place);
        }
        else
        {
            ReadObject(ref reader, member.IsSibling ? TypeModels.Element : member.Type, member.Element, Place.Element);
        }
    }

    private bool IsTooDeep(ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth < MaxDepth)
        {
            return false;
        }

        _log.Error("too-costly", $"The resource is nested deeper than {MaxDepth} levels.");
        return true;
    }
}
