namespace MedOrleans.Grains.Records;

/// <summary>Keeps calls of one resource waiting while a transaction that changes it is decided.</summary>
internal sealed class ResourceHold(Guid transaction, TimeSpan limit, TimeProvider time)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _start = time.GetTimestamp();

    /// <summary>Who holds.</summary>
    public Guid Transaction { get; } = transaction;

    /// <summary>Lets the waiting calls go on.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Returns when the hold is released, or over by its limit because its holder died.</summary>
    public async Task EndedAsync()
    {
        var left = limit - time.GetElapsedTime(_start);
        if (left > TimeSpan.Zero)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(left, time));
        }
    }
}
