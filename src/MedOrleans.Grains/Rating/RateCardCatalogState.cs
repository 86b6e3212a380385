using MedOrleans.Rating;

namespace MedOrleans.Grains.Rating;

/// <summary>What the catalogue keeps. Stored as JSON under the state name <c>rate-cards-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.RateCardCatalogState")]
internal sealed class RateCardCatalogState
{
    /// <summary>The cards that an operator has put, by id; one of the built-in card's id takes its place.</summary>
    [Id(0)]
    public Dictionary<string, RateCard> Cards { get; set; } = [];

    /// <summary>Until when a closed statement has used a card: what it says of the time before stays.</summary>
    [Id(1)]
    public Dictionary<string, DateTimeOffset> UsedUntil { get; set; } = [];
}
