namespace MedOrleans.Metering.Pools;

/// <summary>How urgent a piece of work is.</summary>
internal enum WorkClass
{
    /// <summary>Clinical, within what the hospital is guaranteed.</summary>
    Guaranteed,

    /// <summary>Clinical, beyond it.</summary>
    Burst,

    /// <summary>Import and export: runs where clinical work leaves room.</summary>
    Background,
}

/// <summary>What came of asking for a turn.</summary>
internal enum Turn
{
    /// <summary>It is the caller's; <see cref="FairQueue.Leave"/> gives it back.</summary>
    Taken,

    /// <summary>Too many wait already.</summary>
    Full,

    /// <summary>It did not come in time.</summary>
    TooLate,
}

/// <summary>
/// Decides who works next once a process works on as much as it can: guaranteed work first, then what goes beyond it, then background
/// work; within a class by weighted fair queueing over hospitals (least virtual finish time). Not saturated, it costs one interlocked
/// operation and allocates nothing.
/// </summary>
/// <param name="slots">How much is worked on at a time.</param>
/// <param name="burstSlots">How much of it may be beyond the guarantee, background work included, so that guaranteed work finds a turn at once.</param>
/// <param name="backgroundSlots">How much of that may be background work.</param>
/// <param name="most">How many wait at most; where more come, the least urgent goes away.</param>
/// <param name="limit">How long one waits at most.</param>
/// <param name="time">The clock.</param>
internal sealed class FairQueue(int slots, int burstSlots, int backgroundSlots, int most, TimeSpan limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Waiter> _waiting = new(Waiter.ByUrgency);
    private readonly Dictionary<(TenantId, WorkClass), double> _finish = [];
    private readonly int[] _active = new int[3];
    private readonly double[] _virtual = new double[3];
    private long _sequence;
    private int _waiters;

    /// <summary>How many work.</summary>
    public int Active
    {
        get
        {
            lock (_lock)
            {
                return _active[0] + _active[1] + _active[2];
            }
        }
    }

    /// <summary>How many wait.</summary>
    public int Waiting => Volatile.Read(ref _waiters);

    /// <summary>Asks for a turn.</summary>
    /// <param name="tenant">The hospital.</param>
    /// <param name="weight">Its plan's weight.</param>
    /// <param name="work">How urgent it is.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">The caller no longer wants it.</exception>
    public ValueTask<Turn> EnterAsync(TenantId tenant, double weight, WorkClass work, CancellationToken cancel)
    {
        Waiter waiter;
        lock (_lock)
        {
            // Nobody who waits could take this turn: those of the same class or of a more urgent one come first.
            if (HasRoom(work) && (_waiting.Min is not { } first || first.Work > work || !HasRoom(first.Work)))
            {
                _active[(int)work]++;
                return new(Turn.Taken);
            }

            var key = (tenant, work);
            var start = Math.Max(_virtual[(int)work], _finish.GetValueOrDefault(key));
            waiter = new Waiter(tenant, work, start + (1 / weight), ++_sequence);
            if (_waiting.Count >= most)
            {
                if (_waiting.Max is not { } last || Waiter.ByUrgency.Compare(waiter, last) >= 0)
                {
                    return new(Turn.Full);
                }

                _waiting.Remove(last);
                last.Decide(Turn.Full);
            }

            _finish[key] = waiter.Finish;
            _waiting.Add(waiter);
            Volatile.Write(ref _waiters, _waiting.Count);
        }

        return new(WaitAsync(waiter, cancel));
    }

    /// <summary>Gives a turn back; the most urgent of those who wait has it next.</summary>
    public void Leave(WorkClass work)
    {
        lock (_lock)
        {
            _active[(int)work]--;
            while (Next() is { } next)
            {
                _waiting.Remove(next);
                _active[(int)next.Work]++;
                _virtual[(int)next.Work] = Math.Max(_virtual[(int)next.Work], next.Finish);
                next.Decide(Turn.Taken);
            }

            if (_waiting.Count == 0 && _finish.Count > 0)
            {
                _finish.Clear();
                Array.Clear(_virtual);
            }

            Volatile.Write(ref _waiters, _waiting.Count);
        }
    }

    private async Task<Turn> WaitAsync(Waiter waiter, CancellationToken cancel)
    {
        try
        {
            return await waiter.Decided.WaitAsync(limit, time, cancel);
        }
        catch (TimeoutException)
        {
            return await WithdrawAsync(waiter);
        }
        catch (OperationCanceledException)
        {
            if (await WithdrawAsync(waiter) == Turn.Taken)
            {
                // It came just as the caller went away.
                Leave(waiter.Work);
            }

            throw;
        }
    }

    /// <summary>Takes a waiter out, unless its turn has come meanwhile; says which.</summary>
    private Task<Turn> WithdrawAsync(Waiter waiter)
    {
        lock (_lock)
        {
            _waiting.Remove(waiter);
            Volatile.Write(ref _waiters, _waiting.Count);
            waiter.Decide(Turn.TooLate);
        }

        return waiter.Decided;
    }

    /// <summary>The most urgent waiter that there is room for. A class without room keeps nobody of a less urgent one from working, as that has no room either.</summary>
    private Waiter? Next() => _waiting.Min is { } first && HasRoom(first.Work) ? first : null;

    private bool HasRoom(WorkClass work)
    {
        var beyond = _active[1] + _active[2];
        return _active[0] + beyond < slots
            && (work == WorkClass.Guaranteed || beyond < burstSlots)
            && (work != WorkClass.Background || _active[2] < backgroundSlots);
    }

    private sealed class Waiter(TenantId tenant, WorkClass work, double finish, long sequence)
    {
        public static readonly Comparer<Waiter> ByUrgency = Comparer<Waiter>.Create(static (a, b) =>
            a.Work != b.Work ? a.Work.CompareTo(b.Work) : a.Finish != b.Finish ? a.Finish.CompareTo(b.Finish) : a.Sequence.CompareTo(b.Sequence));

        private readonly TaskCompletionSource<Turn> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TenantId Tenant => tenant;

        public WorkClass Work => work;

        public double Finish => finish;

        public long Sequence => sequence;

        public Task<Turn> Decided => _decided.Task;

        public void Decide(Turn turn) => _decided.TrySetResult(turn);
    }
}
