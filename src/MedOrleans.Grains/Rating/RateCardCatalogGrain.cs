using System.Globalization;
using MedOrleans.Grains.Placement;
using MedOrleans.Metering.Rating;
using MedOrleans.Rating;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

/// <summary>The rate cards: the built-in one, and those that the operator put.</summary>
[ClusterPool]
internal sealed partial class RateCardCatalogGrain(
    [PersistentState("rate-cards-v1", "Default")] IPersistentState<RateCardCatalogState> state,
    ILogger<RateCardCatalogGrain> logger) : Grain, IRateCardCatalogGrain
{
    private const int Most = 200;

    public Task<IReadOnlyList<RateCard>> ListAsync() => Task.FromResult<IReadOnlyList<RateCard>>([.. All()]);

    public Task<RateCard?> FindAsync(string id) => Task.FromResult(Find(id));

    public async Task<IReadOnlyList<string>> PutAsync(RateCard card)
    {
        var mistakes = RateCardRules.Mistakes(card);
        if (mistakes.Count > 0)
        {
            return mistakes;
        }

        if (state.State.Cards.Count >= Most && !state.State.Cards.ContainsKey(card.Id))
        {
            return [$"id: there are {Most} rate cards already."];
        }

        if (state.State.UsedUntil.TryGetValue(card.Id, out var until) && Find(card.Id) is { } before && !RateCardRules.AgreeBefore(before, card, until))
        {
            return [string.Create(CultureInfo.InvariantCulture, $"versions: statements up to {until:yyyy-MM-dd} are closed by this card, so what it says of that time stays as it is; add a version that begins later.")];
        }

        state.State.Cards[card.Id] = card;
        await state.WriteAsync(this);
        LogPut(logger, card.Id);
        return [];
    }

    public async Task<IReadOnlyList<RateCard>> UseAsync(IReadOnlyList<string> ids, DateTimeOffset to)
    {
        List<RateCard> found = [.. ids.Distinct(StringComparer.Ordinal).Select(Find).OfType<RateCard>()];
        var changed = false;
        foreach (var card in found.Where(card => state.State.UsedUntil.GetValueOrDefault(card.Id) < to))
        {
            state.State.UsedUntil[card.Id] = to;
            changed = true;
        }

        if (changed)
        {
            await state.WriteAsync(this);
        }

        return found;
    }

    private RateCard? Find(string id) => state.State.Cards.TryGetValue(id, out var card) ? card : id == StandardRateCard.Card.Id ? StandardRateCard.Card : null;

    private IEnumerable<RateCard> All() => state.State.Cards.Values
        .Concat(state.State.Cards.ContainsKey(StandardRateCard.Card.Id) ? [] : [StandardRateCard.Card])
        .OrderBy(card => card.Id, StringComparer.Ordinal);
}
