namespace MedOrleans.Feeds;

/// <summary>
/// How far a hospital's changes have been told to one system, and which gateway tells them. The key is <c>tenant/system</c>; for the cluster's own edge. One process at a time holds
/// a feed, so that the order of changes is kept; one that does not renew its hold in time has lost it, and must have stopped by then.
/// </summary>
[Alias("MedOrleans.IFeedGrain")]
public interface IFeedGrain : IGrainWithStringKey
{
    /// <summary>Takes hold of the feed.</summary>
    /// <param name="holder">Who asks: an id of the process's own.</param>
    /// <returns>The hold; null while another has it.</returns>
    [Alias("Take")]
    Task<FeedHold?> TakeAsync(Guid holder);

    /// <summary>Notes how far the changes have been told, durably, and renews the hold.</summary>
    /// <param name="holder">Who holds it.</param>
    /// <param name="position">The position that was reached; one before that which is noted changes nothing.</param>
    /// <returns>Whether it still holds it; where it does not nothing is noted.</returns>
    [Alias("Advance")]
    Task<bool> AdvanceAsync(Guid holder, long position);

    /// <summary>Begins anew at a position: the record is another one than before.</summary>
    [Alias("Reset")]
    Task<bool> ResetAsync(Guid holder, long position);

    /// <summary>Lets go, so that another need not wait.</summary>
    [Alias("Leave")]
    Task LeaveAsync(Guid holder);
}

/// <summary>A hold of a feed.</summary>
/// <param name="Position">How far the changes have been told; null for a feed that begins.</param>
/// <param name="Span">How long the hold lasts from the moment when it was asked for, unless it is renewed.</param>
[GenerateSerializer, Immutable, Alias("MedOrleans.FeedHold")]
public sealed record FeedHold([property: Id(0)] long? Position, [property: Id(1)] TimeSpan Span);
