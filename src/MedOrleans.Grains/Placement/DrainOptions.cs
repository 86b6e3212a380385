namespace MedOrleans.Grains.Placement;

/// <summary>How a silo leaves.</summary>
public sealed class DrainOptions
{
    /// <summary>How long it may take to move what is on the silo to others; what is left then starts anew where it is called.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Ends the drain where it is: what is still there ends with the silo. Nothing acknowledged depends on it.</summary>
    public CancellationToken Hurry { get; set; }
}
