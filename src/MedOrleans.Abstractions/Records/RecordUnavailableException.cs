namespace MedOrleans.Records;

/// <summary>
/// The store could not be reached, or too much is waiting for it. Whether a write took place is unknown: send it again under the same
/// command id, which has one effect however often it is sent.
/// </summary>
[GenerateSerializer, Alias("MedOrleans.RecordUnavailableException")]
public sealed class RecordUnavailableException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What failed. Never holds patient data.</param>
    /// <param name="isTransient">Whether the same call may succeed a little later.</param>
    public RecordUnavailableException(string message, bool isTransient)
        : base(message) => IsTransient = isTransient;

    /// <summary>Whether the same call may succeed a little later.</summary>
    [Id(0)]
    public bool IsTransient { get; init; }

    /// <summary>The pool without a silo where that is the reason: nothing has happened then; null otherwise.</summary>
    [Id(1)]
    public string? Pool { get; init; }

    /// <summary>Whether somebody answered and refused: too much is waiting, or the pool has no silo. Nothing has happened then, and to ask at once again does not help.</summary>
    [Id(2)]
    public bool IsRefusal { get; init; }

    /// <summary>The pool that the hospital belongs to has no silo alive; it is never run elsewhere instead.</summary>
    /// <param name="pool">The pool.</param>
    public static RecordUnavailableException NoSilo(string pool) => new($"The hospital belongs to the pool '{pool}', and no silo of that pool is alive.", isTransient: true) { Pool = pool, IsRefusal = true };
}
