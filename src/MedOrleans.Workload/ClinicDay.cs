namespace MedOrleans.Workload;

/// <summary>The clinics: appointments that are booked, cancelled, kept or not.</summary>
internal sealed class ClinicDay(HospitalShape shape, DayScript script, Chance chance)
{
    private const int FirstHour = 8;
    private const int LastHour = 16;
    private const double Returning = 0.3;
    private static readonly TimeSpan s_evening = TimeSpan.FromHours(-1);
    private static readonly TimeSpan s_opening = TimeSpan.FromHours(7);

    /// <summary>All slots.</summary>
    public IReadOnlyList<DaySlot> Slots { get; } =
    [
        .. Enumerable.Range(1, shape.Clinics).SelectMany(static clinic => Enumerable.Range(0, (int)(TimeSpan.FromHours(LastHour - FirstHour) / DaySlot.Length))
            .Select(number => new DaySlot(clinic, TimeSpan.FromHours(FirstHour) + (DaySlot.Length * number)))),
    ];

    /// <summary>Lets all appointments become due.</summary>
    public void Plan()
    {
        foreach (var slot in Slots)
        {
            if (!chance.Happens(shape.Booked))
            {
                continue;
            }

            var onTheDay = slot.Start - chance.Minutes(40, 240);
            script.At(chance.Happens(0.7) ? s_evening : onTheDay > s_opening ? onTheDay : s_evening, () => Book(slot));
        }
    }

    private void Book(DaySlot slot)
    {
        var patient = script.Patient(Returning);
        var booked = script.Write(DayEventKind.Book, patient, written => written with { Slot = slot });
        var what = chance.Next();
        if (what < 0.07)
        {
            script.At(slot.Start - chance.Minutes(20, 30), () => About(DayEventKind.CancelBooking));
        }
        else if (what < 0.15)
        {
            script.At(slot.Start + chance.Minutes(16, 30), () => About(DayEventKind.NoShow));
        }
        else
        {
            script.At(slot.Start - chance.Minutes(2, 15), () => Come(patient, slot, booked));
        }

        void About(DayEventKind kind)
        {
            script.Write(kind, patient, written => written with { Slot = slot, About = booked }, booked);
            script.Gone(patient);
        }
    }

    private void Come(DayPatient patient, DaySlot slot, int booked)
    {
        var visit = script.Visit(patient);
        script.Step(DayEventKind.CheckIn, visit, written => written with { Slot = slot, About = booked, Class = "AMB" }, booked);
        script.In(chance.Minutes(6, 15), () => script.Note(DayEventKind.Observe, visit, written => written with { Measure = People.Sign(chance) }));
        if (!patient.ByMessage && chance.Happens(0.4))
        {
            script.In(chance.Minutes(12, 17), () => script.Note(DayEventKind.Diagnose, visit, written => written with { Finding = People.Finding(chance) }));
        }

        script.In(chance.Minutes(18, 40), () =>
        {
            script.Step(DayEventKind.Discharge, visit);
            script.Gone(patient);
        });
    }
}
