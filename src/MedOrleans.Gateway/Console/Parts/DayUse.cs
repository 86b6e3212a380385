namespace MedOrleans.Gateway.Console.Parts;

/// <summary>What was used on a day, UTC.</summary>
public sealed record DayUse(DateOnly Day, long Quantity);
