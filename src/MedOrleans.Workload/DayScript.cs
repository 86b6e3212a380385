namespace MedOrleans.Workload;

/// <summary>A day in the making: what is due is done in the order of time, and may write events and let more become due.</summary>
internal sealed class DayScript(Chance chance, double messageShare)
{
    private readonly PriorityQueue<Action, (TimeSpan At, int Order)> _due = new();
    private readonly List<DayEvent> _events = [];
    private readonly List<DayPatient> _patients = [];
    private readonly HashSet<DayPatient> _awaited = [];
    private readonly Dictionary<int, int> _registered = [];
    private int _order;
    private int _visits;

    /// <summary>What has been written.</summary>
    public IReadOnlyList<DayEvent> Events => _events;

    /// <summary>The time now, from midnight on.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Lets something be done at a time; what lies after the day is not.</summary>
    public void At(TimeSpan at, Action what)
    {
        if (at < DayPlan.Length)
        {
            _due.Enqueue(what, (at, _order++));
        }
    }

    /// <summary>Lets something be done after a while.</summary>
    public void In(TimeSpan time, Action what) => At(Now + time, what);

    /// <summary>Does all that is due until the day is over.</summary>
    public void Run()
    {
        while (_due.TryDequeue(out var what, out var due))
        {
            Now = due.At;
            what();
        }
    }

    /// <summary>A patient who was never here, or at times one who was and has gone; a frontend looks, and registers who is new.</summary>
    /// <param name="returning">How likely it is that the patient was here before.</param>
    public DayPatient Patient(double returning)
    {
        var wanted = _patients.Count > 0 && chance.Happens(returning) ? chance.Of(_patients) : null;
        var isKnown = wanted is not null && !_awaited.Contains(wanted);
        var patient = isKnown ? wanted! : People.Patient(chance, _patients.Count, messageShare);
        _awaited.Add(patient);
        if (!isKnown)
        {
            _patients.Add(patient);
        }

        if (!patient.ByMessage)
        {
            Write(DayEventKind.Find, patient);
            if (!isKnown)
            {
                _registered[patient.Number] = Write(DayEventKind.Register, patient);
            }
        }

        return patient;
    }

    /// <summary>The patient has gone, and may come again.</summary>
    public void Gone(DayPatient patient) => _awaited.Remove(patient);

    /// <summary>A visit that the next event begins.</summary>
    public OpenVisit Visit(DayPatient patient) => new(new DayVisit(_visits++, patient, _events.Count));

    /// <summary>Writes an event that happens now.</summary>
    /// <param name="kind">What.</param>
    /// <param name="patient">Whom it is about; null for nobody.</param>
    /// <param name="more">What else is to be said; null for nothing.</param>
    /// <param name="after">Events that have to have happened, besides the patient's registration.</param>
    /// <returns>Its number.</returns>
    public int Write(DayEventKind kind, DayPatient? patient, Func<DayEvent, DayEvent>? more = null, params int?[] after)
    {
        var number = _events.Count;
        int? registered = patient is not null && _registered.TryGetValue(patient.Number, out var first) ? first : null;
        var written = new DayEvent { Number = number, At = Now, Kind = kind, Patient = patient, After = [.. after.Append(registered).OfType<int>().Distinct().Order()] };
        _events.Add(more is null ? written : more(written));
        return number;
    }

    /// <summary>Writes a step of a visit: it comes after the step before it.</summary>
    public int Step(DayEventKind kind, OpenVisit visit, Func<DayEvent, DayEvent>? more = null, int? after = null)
    {
        visit.Last = Write(kind, visit.Of.Patient, written => (more is null ? written : more(written)) with { Visit = visit.Of }, visit.Last, after);
        return visit.Last.Value;
    }

    /// <summary>Writes what is told of a visit and leaves it as it is: the next step does not wait for it.</summary>
    public int Note(DayEventKind kind, OpenVisit visit, Func<DayEvent, DayEvent>? more = null, int? after = null) =>
        Write(kind, visit.Of.Patient, written => (more is null ? written : more(written)) with { Visit = visit.Of }, visit.Last, after);
}

/// <summary>Where a visit is.</summary>
internal enum VisitState
{
    /// <summary>The patient is here.</summary>
    Here,

    /// <summary>The last step may still turn out to be an error.</summary>
    Unsure,

    /// <summary>The patient is on leave.</summary>
    Away,

    /// <summary>It is over.</summary>
    Over,
}

/// <summary>A visit in the making.</summary>
internal sealed class OpenVisit(DayVisit of)
{
    /// <summary>The visit.</summary>
    public DayVisit Of => of;

    /// <summary>Its last step's event; null before the first.</summary>
    public int? Last { get; set; }

    /// <summary>The bed; null for none.</summary>
    public DayBed? Bed { get; set; }

    /// <summary>Where it is.</summary>
    public VisitState State { get; set; }
}
