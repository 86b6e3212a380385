namespace MedOrleans.Grains.Placement;

/// <summary>
/// How many activations are told to go at once: few at first, and twice as many once those have gone. Orleans answers for all that go together when the last has arrived, so that
/// one that is slow holds up the others; they are waited for, and few go again after it.
/// </summary>
internal sealed class DeparturePace(TimeProvider time)
{
    private const int First = 32;
    private const int Most = 5000;

    /// <summary>One in so many may still be on the way when the next go.</summary>
    private const int Stragglers = 8;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private List<Task> _going = [];
    private int _told;
    private int _next;
    private long _toldAt;

    /// <summary>How many may be told to go now; 0 while those before are waited for.</summary>
    public int Next()
    {
        _going.RemoveAll(static gone => gone.IsCompleted);
        var isSlow = _going.Count > _told / Stragglers;
        if (isSlow && time.GetElapsedTime(_toldAt) < s_patience)
        {
            return 0;
        }

        return _next = isSlow || _told == 0 ? First : Math.Min(_next * 2, Most);
    }

    /// <summary>Notes what was told to go, each by what completes once it has.</summary>
    public void Told(List<Task> going) => (_going, _told, _toldAt) = (going, going.Count, time.GetTimestamp());
}
