using MedOrleans.Tenants;

namespace MedOrleans.Grains.Lifecycle;

/// <summary>What a restore grain keeps. Stored as JSON under the state name <c>restore-v1</c>: members are added, never renamed.</summary>
[GenerateSerializer, Alias("MedOrleans.RestoreState")]
internal sealed class RestoreState
{
    /// <summary>Names the restore: the command ids of its writes are made of it.</summary>
    [Id(0)]
    public Guid Id { get; set; }

    /// <summary>How far it is; null before the first.</summary>
    [Id(1)]
    public RestoreProgress? Progress { get; set; }
}
