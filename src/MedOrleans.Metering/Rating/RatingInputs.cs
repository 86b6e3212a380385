using MedOrleans.Plans;
using MedOrleans.Rating;
using MedOrleans.Record.Store;

namespace MedOrleans.Metering.Rating;

/// <summary>Everything that a statement is computed from.</summary>
internal sealed record RatingInputs
{
    /// <summary>The hospital's slug.</summary>
    public required string Tenant { get; init; }

    /// <summary>Its name.</summary>
    public required string TenantName { get; init; }

    /// <summary>Who bills.</summary>
    public required string Issuer { get; init; }

    /// <summary>The month, <c>yyyy-MM</c>.</summary>
    public required string Month { get; init; }

    /// <summary>The hospital's plans in order of time; the first began when it was created.</summary>
    public required IReadOnlyList<PlanPeriod> Plans { get; init; }

    /// <summary>The rate card's id of each of those plans.</summary>
    public required IReadOnlyDictionary<string, string> CardOfPlan { get; init; }

    /// <summary>The rate cards of those plans.</summary>
    public required IReadOnlyList<RateCard> Cards { get; init; }

    /// <summary>The month's usage by meter and hour, of counters, in order of hour and meter.</summary>
    public required IReadOnlyList<UsageBucket> Usage { get; init; }

    /// <summary>What of earlier months has changed since their statements were closed.</summary>
    public IReadOnlyList<StatementLine> Adjustments { get; init; } = [];
}
