namespace MedOrleans.Grains.Feeds;

/// <summary>What a feed keeps. Stored as JSON under the state name <c>feed-v1</c>.</summary>
[GenerateSerializer, Alias("MedOrleans.FeedState")]
internal sealed class FeedState
{
    /// <summary>How far the changes have been told; null before it begins.</summary>
    [Id(0)]
    public long? Position { get; set; }

    /// <summary>Who holds it; empty for nobody.</summary>
    [Id(1)]
    public Guid Holder { get; set; }
}
