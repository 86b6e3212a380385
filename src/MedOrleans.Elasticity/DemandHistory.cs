namespace MedOrleans.Elasticity;

/// <summary>What a pool had to do in the last weeks, by quarter of an hour; the forecast is the mean of the same quarters of those weeks.</summary>
public sealed class DemandHistory
{
    /// <summary>The quarters of a week.</summary>
    public const int Slots = 7 * 24 * 4;

    private static readonly TimeSpan s_slot = TimeSpan.FromMinutes(15);

    private readonly Dictionary<long, float> _slots;
    private readonly int _weeks;

    /// <summary>Makes a history.</summary>
    /// <param name="weeks">How many weeks are kept.</param>
    /// <param name="kept">What was kept of before, by number of the quarter.</param>
    public DemandHistory(int weeks, IEnumerable<KeyValuePair<long, float>>? kept = null) => (_weeks, _slots) = (weeks, new Dictionary<long, float>(kept ?? []));

    /// <summary>What is kept, by number of the quarter since 1970.</summary>
    public IReadOnlyDictionary<long, float> Kept => _slots;

    /// <summary>Adds what is done at a moment; of a quarter, the most counts.</summary>
    /// <returns>Whether a new quarter has begun.</returns>
    public bool Add(DateTimeOffset at, double silos)
    {
        if (_weeks == 0)
        {
            return false;
        }

        var slot = SlotOf(at);
        var isNew = !_slots.TryGetValue(slot, out var most);
        if (isNew || silos > most)
        {
            _slots[slot] = (float)silos;
        }

        if (isNew)
        {
            _slots.Remove(slot - ((long)(_weeks + 1) * Slots));
        }

        return isNew;
    }

    /// <summary>What is expected from a moment on, in silos that are wholly busy; null where no week before had these quarters.</summary>
    /// <param name="at">The moment.</param>
    /// <param name="lead">How far to look ahead.</param>
    public double? Expect(DateTimeOffset at, TimeSpan lead)
    {
        double? most = null;
        for (var slot = SlotOf(at); slot <= SlotOf(at + lead); slot++)
        {
            var (sum, count) = (0.0, 0);
            for (var week = 1; week <= _weeks; week++)
            {
                if (_slots.TryGetValue(slot - ((long)week * Slots), out var silos))
                {
                    (sum, count) = (sum + silos, count + 1);
                }
            }

            if (count > 0 && (most is null || sum / count > most))
            {
                most = sum / count;
            }
        }

        return most;
    }

    private static long SlotOf(DateTimeOffset at) => at.UtcTicks / s_slot.Ticks;
}
