using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Wards;

/// <summary>
/// A ward, a room or a bed as the people see it who run it. The key is a <see cref="ResourceKey"/> of type <c>Location</c>. Patients come into beds and leave
/// them by the encounter's verbs.
/// </summary>
[TenantFacing]
[Alias("MedOrleans.IWardGrain")]
public interface IWardGrain : IGrainWithStringKey
{
    /// <summary>The beds at or below this location, as they were at one moment; empty where there is none.</summary>
    [Alias("Census"), Requires(Interaction.Search)]
    Task<IReadOnlyList<BedStatus>> CensusAsync();

    /// <summary>Keeps a free bed for a patient or an encounter.</summary>
    [Alias("Reserve"), Requires(Interaction.Update)]
    Task<WriteReply> ReserveAsync(ReserveBed command);

    /// <summary>Takes an empty bed out of use: closed, contaminated, isolated, or to be cleaned.</summary>
    [Alias("Block"), Requires(Interaction.Update)]
    Task<WriteReply> BlockAsync(BlockBed command);

    /// <summary>Makes an empty bed free: housekeeping is done, the block or the reservation is over.</summary>
    [Alias("Release"), Requires(Interaction.Update)]
    Task<WriteReply> ReleaseAsync(ReleaseBed command);

    /// <summary>Exchanges the patients of two occupied beds.</summary>
    [Alias("Swap"), Requires(Interaction.Update)]
    Task<WriteReply> SwapAsync(SwapBeds command);
}

/// <summary>A step of a bed's.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.BedStep")]
public abstract record BedStep
{
    /// <summary>Names this command: however often it is sent, it has one effect.</summary>
    [Id(0)]
    public Guid CommandId { get; init; } = Guid.CreateVersion7();
}

/// <summary>Keeps a free bed. One of the two is given.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ReserveBed")]
public sealed record ReserveBed : BedStep
{
    /// <summary>For a patient, by id.</summary>
    [Id(0)]
    public string? PatientId { get; init; }

    /// <summary>For an encounter, by id.</summary>
    [Id(1)]
    public string? EncounterId { get; init; }

    /// <summary>When it ends by itself; null for never.</summary>
    [Id(2)]
    public DateTimeOffset? Until { get; init; }
}

/// <summary>Takes an empty bed out of use.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.BlockBed")]
public sealed record BlockBed : BedStep
{
    /// <summary>A code of v2-0116: C closed, H housekeeping, I isolated, K contaminated.</summary>
    [Id(0)]
    public string State { get; init; } = "C";
}

/// <summary>Makes an empty bed free.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.ReleaseBed")]
public sealed record ReleaseBed : BedStep;

/// <summary>Exchanges the patients of two occupied beds.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.SwapBeds")]
public sealed record SwapBeds : BedStep
{
    /// <summary>The id of the other bed.</summary>
    [Id(0)]
    public required string WithId { get; init; }
}

/// <summary>A bed of the census.</summary>
[GenerateSerializer, Immutable, Alias("MedOrleans.BedStatus")]
public sealed record BedStatus
{
    /// <summary>The id of the bed's Location.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>Its name; null where it has none.</summary>
    [Id(1)]
    public string? Name { get; init; }

    /// <summary>The id of the room or ward that it is in; null where it is in none.</summary>
    [Id(2)]
    public string? PartOfId { get; init; }

    /// <summary>A code of v2-0116: O occupied, U unoccupied, H housekeeping, C closed, I isolated, K contaminated.</summary>
    [Id(3)]
    public required string State { get; init; }

    /// <summary>The id of the encounter that occupies it; null where it is empty.</summary>
    [Id(4)]
    public string? EncounterId { get; init; }

    /// <summary>The id of the patient who occupies it.</summary>
    [Id(5)]
    public string? PatientId { get; init; }

    /// <summary>Since when.</summary>
    [Id(6)]
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether the patient is on leave.</summary>
    [Id(7)]
    public bool IsOnLeave { get; init; }

    /// <summary>Whom it is kept for, <c>Patient/{id}</c> or <c>Encounter/{id}</c>; null where for nobody.</summary>
    [Id(8)]
    public string? ReservedFor { get; init; }

    /// <summary>The version of the bed's Location.</summary>
    [Id(9)]
    public required long Version { get; init; }
}
