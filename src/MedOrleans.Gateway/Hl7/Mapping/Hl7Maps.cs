using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Gateway.Hl7.Mapping;

/// <summary>Which messages are mapped, and by what.</summary>
internal static class Hl7Maps
{
    private static readonly (string Type, string[] Events, Func<Hl7Mapping, Task> Map)[] s_maps =
    [
        ("ADT", AdtMap.Events, AdtMap.MapAsync),
        ("ADT", MergeMap.Events, MergeMap.MapAsync),
        ("ORM", ["O01"], OrderMap.MapAsync),
        ("OML", ["O21"], OrderMap.MapAsync),
        ("OMG", ["O19"], OrderMap.MapAsync),
        ("ORU", ["R01"], ResultMap.MapAsync),
        ("SIU", ScheduleMap.Events, ScheduleMap.MapAsync),
        ("MDM", DocumentMap.Events, DocumentMap.MapAsync),
    ];

    /// <summary>The messages that are mapped, <c>ADT^A01</c>.</summary>
    public static IEnumerable<string> All => s_maps.SelectMany(map => map.Events.Select(code => $"{map.Type}^{code}"));

    /// <summary>Plans what a message comes to.</summary>
    /// <exception cref="Hl7Exception">It is not mapped, or says what cannot be.</exception>
    public static Task MapAsync(Hl7Mapping mapping)
    {
        var (type, code) = (mapping.Message.Type, mapping.Message.Event);
        var maps = s_maps.Where(map => map.Type == type).ToList();
        if (maps.Count == 0)
        {
            throw new Hl7Exception(Hl7Condition.UnsupportedMessageType, $"Messages of this type are not supported; {string.Join(", ", s_maps.Select(map => map.Type).Distinct())} are.", new Hl7Location("MSH", Field: 9, Component: 1));
        }

        var events = maps.SelectMany(map => map.Events);
        return maps.FirstOrDefault(map => map.Events.Contains(code)) is { Map: { } map }
            ? map(mapping)
            : throw new Hl7Exception(Hl7Condition.UnsupportedEventCode, $"Of {type} these events are supported: {string.Join(", ", events)}.", new Hl7Location("MSH", Field: 9, Component: 2));
    }
}
