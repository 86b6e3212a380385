using MedOrleans.Scaling;

namespace MedOrleans.Grains.Scaling;

/// <summary>What the autoscaler keeps. Stored as JSON under the state name <c>scaling-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.ScalingState")]
internal sealed class ScalingState
{
    /// <summary>The decisions that changed something, oldest first.</summary>
    [Id(0)]
    public List<ScalingDecision> Decisions { get; set; } = [];

    /// <summary>What each pool had to do, by number of the quarter of an hour.</summary>
    [Id(1)]
    public Dictionary<string, Dictionary<long, float>> Work { get; set; } = [];
}
