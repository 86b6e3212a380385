using MedOrleans.Rating;

namespace MedOrleans.Metering.Rating;

/// <summary>What statements have to do with each other.</summary>
internal static class StatementRules
{
    /// <summary>How many earlier months a statement looks back at for usage that came late.</summary>
    public const int LookBack = 3;

    /// <summary>Whether a line's quantity is usage of <paramref name="month"/>.</summary>
    /// <param name="line">The line.</param>
    /// <param name="month">The month.</param>
    /// <param name="isOwn">Whether the line is of the month's own statement.</param>
    public static bool IsQuantityOf(StatementLine line, BillingMonth month, bool isOwn) => line.Meter is not null && (isOwn
        ? line.Kind is LineKind.Included or LineKind.Usage or LineKind.Unpriced
        : line.Kind == LineKind.Adjustment && line.ForMonth == month.ToString());
}
