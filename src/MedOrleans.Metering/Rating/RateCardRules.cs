using MedOrleans.Metering.Usage;
using MedOrleans.Rating;

namespace MedOrleans.Metering.Rating;

/// <summary>What a rate card may say, and which of its versions prices a moment.</summary>
internal static class RateCardRules
{
    /// <summary>Everything that is wrong with a card, each with the member's name.</summary>
    public static IReadOnlyList<string> Mistakes(RateCard card)
    {
        var mistakes = new List<string>();
        Check(TenantId.TryParse(card.Id, out _), "id: has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter.");
        Check(!string.IsNullOrWhiteSpace(card.Name) && card.Name.Length <= 200 && !card.Name.Any(char.IsControl), "name: is missing, longer than 200 characters, or has control characters.");
        Check(card.Currency is { Length: 3 } && card.Currency.All(char.IsAsciiLetterUpper), "currency: is the code of a currency with cents, EUR.");
        Check(card.Versions is { Count: >= 1 and <= 100 }, "versions: are 1 to 100.");
        for (var i = 0; i < (card.Versions?.Count ?? 0); i++)
        {
            var version = card.Versions![i];
            Check(i == 0 || card.Versions[i - 1].EffectiveFrom < version.EffectiveFrom, $"versions[{i}].effectiveFrom: must be after the one before.");
            Check(version.MonthlyMinimum is >= 0 and <= 1e9m, $"versions[{i}].monthlyMinimum: must be between 0 and 1000000000.");
            Check(version.Prices is not null && version.Prices.DistinctBy(price => price.Meter).Count() == version.Prices.Count, $"versions[{i}].prices: are missing, or price a meter twice.");
            for (var p = 0; p < (version.Prices?.Count ?? 0); p++)
            {
                mistakes.AddRange(Mistakes(version.Prices![p]).Select(mistake => $"versions[{i}].prices[{p}].{mistake}"));
            }
        }

        return mistakes;

        void Check(bool holds, string mistake)
        {
            if (!holds)
            {
                mistakes.Add(mistake);
            }
        }
    }

    /// <summary>The version that prices an hour; the first also prices what was before it.</summary>
    public static RateCardVersion At(RateCard card, DateTimeOffset hour) =>
        card.Versions.LastOrDefault(version => Start(version) <= hour) ?? card.Versions[0];

    /// <summary>When a version begins.</summary>
    public static DateTimeOffset Start(RateCardVersion version) => new(version.EffectiveFrom.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    /// <summary>Whether two cards price everything before a moment alike.</summary>
    public static bool AgreeBefore(RateCard one, RateCard other, DateTimeOffset moment) =>
        one.Currency == other.Currency && Canonical.Of(Before(one, moment)) == Canonical.Of(Before(other, moment));

    // The first version reaches back, so its date does not matter; its prices do.
    private static List<RateCardVersion> Before(RateCard card, DateTimeOffset moment) =>
        [.. card.Versions.Where((version, i) => i == 0 || Start(version) < moment).Select((version, i) => i == 0 ? version with { EffectiveFrom = default } : version)];

    private static IEnumerable<string> Mistakes(MeterPrice price)
    {
        if (Meters.Find(price.Meter ?? "") is not { Kind: MeterKind.Counter })
        {
            yield return "meter: is no counter of the catalogue (GET /admin/meters); a gauge is priced by what it adds up to over time.";
        }

        if (string.IsNullOrWhiteSpace(price.Unit) || price.Unit.Length > 50)
        {
            yield return "unit: is missing, or longer than 50 characters.";
        }

        if (price.UnitSize is < 1 or > 1e15m)
        {
            yield return "unitSize: must be between 1 and 1000000000000000.";
        }

        if (price.Included is < 0 or > 1e9m)
        {
            yield return "included: must be between 0 and 1000000000.";
        }

        if (price.MonthlyMinimum is < 0 or > 1e9m)
        {
            yield return "monthlyMinimum: must be between 0 and 1000000000.";
        }

        if (price.Tiers is not { Count: >= 1 and <= 20 } || price.Tiers[^1].UpTo is not null)
        {
            yield return "tiers: are 1 to 20, and the last has no upTo.";
            yield break;
        }

        for (var i = 0; i < price.Tiers.Count; i++)
        {
            if (price.Tiers[i].UnitPrice is < 0 or > 1e6m)
            {
                yield return $"tiers[{i}].unitPrice: must be between 0 and 1000000.";
            }

            if (i < price.Tiers.Count - 1 && (price.Tiers[i].UpTo is not { } end || end > 1e9m || end <= (i == 0 ? 0 : price.Tiers[i - 1].UpTo ?? 0)))
            {
                yield return $"tiers[{i}].upTo: must be above the one before, and not above 1000000000.";
            }
        }
    }
}
