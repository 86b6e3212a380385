using MedOrleans.Rating;

namespace MedOrleans.Grains.Rating;

/// <summary>What a statement keeps once it is closed. Stored as JSON under the state name <c>statement-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.StatementState")]
internal sealed class StatementState
{
    /// <summary>The statement.</summary>
    [Id(0)]
    public Statement? Statement { get; set; }

    /// <summary>The statement as it was written: the same bytes for ever.</summary>
    [Id(1)]
    public byte[] Document { get; set; } = [];

    /// <summary>What it was computed from, as JSON.</summary>
    [Id(2)]
    public byte[] Inputs { get; set; } = [];
}
