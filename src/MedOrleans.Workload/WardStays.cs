namespace MedOrleans.Workload;

/// <summary>Emergencies and the wards: who comes, is laid in a bed, is moved, and goes.</summary>
internal sealed class WardStays(HospitalShape shape, DayScript script, BedBook beds, Chance chance)
{
    private const double Returning = 0.1;
    private static readonly TimeSpan s_evening = TimeSpan.FromHours(-2);
    private static readonly TimeSpan s_firstPlanned = TimeSpan.FromHours(7);
    private static readonly TimeSpan s_lastPlanned = TimeSpan.FromHours(11);

    /// <summary>Lets all who come become due.</summary>
    public void Plan()
    {
        for (var i = 0; i < (int)(beds.All.Count * shape.Occupancy); i++)
        {
            // Whose stay began before the day is admitted on its eve.
            script.At(s_evening, () => Admit(shape.MeanStay, isFound: true));
        }

        foreach (var at in chance.Emergencies(shape.Emergencies))
        {
            script.At(at, Emergency);
        }

        for (var i = chance.Count(shape.Planned); i > 0; i--)
        {
            script.At(chance.Between(s_firstPlanned, s_lastPlanned), () => Admit(shape.MeanStay, isFound: false));
        }

        foreach (var hour in Enumerable.Range(0, 24))
        {
            for (var ward = 1; ward <= shape.Wards; ward++)
            {
                var asked = ward;
                script.At(TimeSpan.FromHours(hour), () => script.Write(DayEventKind.Census, null, written => written with { Ward = asked }));
            }
        }
    }

    private void Emergency()
    {
        var visit = script.Visit(script.Patient(Returning));
        script.Step(DayEventKind.Admit, visit, static written => written with { Class = "EMER" });
        script.In(chance.Minutes(5, 40), () => Sign(visit));
        if (chance.Happens(shape.EmergencyAdmissions))
        {
            script.In(chance.Minutes(60, 300), () => Lay(visit));
            return;
        }

        var stays = chance.Minutes(60, 360);
        if (chance.Happens(0.5))
        {
            script.In(stays * 0.5, () => Find(visit));
        }

        script.In(stays, () => Go(visit));
    }

    private void Lay(OpenVisit visit)
    {
        if (beds.Take(chance) is not var (bed, freedBy))
        {
            // The patient waits in the emergency department.
            script.In(TimeSpan.FromMinutes(30), () => Lay(visit));
            return;
        }

        visit.Bed = bed;
        var stay = chance.Stay(shape.MeanStay);
        script.Step(DayEventKind.Transfer, visit, written => written with { Bed = bed, Class = "IMP", Stay = stay }, freedBy);
        Stay(visit, stay);
    }

    private void Admit(TimeSpan mean, bool isFound)
    {
        if (beds.Take(chance) is not var (bed, freedBy))
        {
            return;
        }

        var visit = script.Visit(script.Patient(isFound ? 0 : Returning));
        visit.Bed = bed;
        var stay = isFound ? chance.RestOfStay(mean) : chance.Stay(mean);
        script.Step(DayEventKind.Admit, visit, written => written with { Bed = bed, Class = "IMP", Stay = isFound ? null : stay }, freedBy);
        if (!isFound && chance.Happens(0.04))
        {
            visit.State = VisitState.Unsure;
            script.In(chance.Minutes(6, 15), () =>
            {
                beds.Free(bed, script.Step(DayEventKind.CancelAdmit, visit, written => written with { Bed = bed }));
                End(visit);
            });
            return;
        }

        Stay(visit, isFound ? stay + s_evening.Duration() : stay);
    }

    private void Stay(OpenVisit visit, TimeSpan stay)
    {
        script.In(stay, () => Go(visit));
        script.In(chance.Minutes(10, 350), () => Round(visit));
        script.In(chance.Minutes(20, 240), () => Order(visit));
        Sometimes(0.18, () => Move(visit));
        Sometimes(0.04, () => Leave(visit));
        Sometimes(0.1, () =>
        {
            if (visit.State == VisitState.Here)
            {
                script.Step(DayEventKind.Update, visit, written => written with { Bed = visit.Bed });
            }
        });

        void Sometimes(double share, Action what)
        {
            if (chance.Happens(share))
            {
                script.In(chance.Between(TimeSpan.FromHours(1), stay < DayPlan.Length ? stay : DayPlan.Length), what);
            }
        }
    }

    private void Round(OpenVisit visit)
    {
        if (visit.State == VisitState.Over)
        {
            return;
        }

        Sign(visit);
        if (chance.Happens(0.2))
        {
            Find(visit);
        }

        if (chance.Happens(0.3))
        {
            Order(visit);
        }

        script.In(chance.Minutes(240, 420), () => Round(visit));
    }

    private void Move(OpenVisit visit)
    {
        if (visit is not { State: VisitState.Here, Bed: { } left } || beds.Take(chance, left.Ward) is not var (bed, freedBy))
        {
            return;
        }

        visit.Bed = bed;
        var moved = script.Step(DayEventKind.Transfer, visit, written => written with { Bed = bed }, freedBy);
        if (!chance.Happens(0.15))
        {
            Clean(left, moved);
            return;
        }

        // Until it is clear that it was an error nobody touches the bed that was left.
        visit.State = VisitState.Unsure;
        script.In(chance.Minutes(5, 15), () =>
        {
            beds.Free(bed, script.Step(DayEventKind.CancelTransfer, visit, written => written with { Bed = left }));
            (visit.Bed, visit.State) = (left, VisitState.Here);
        });
    }

    private void Leave(OpenVisit visit)
    {
        if (visit.State != VisitState.Here)
        {
            return;
        }

        script.Step(DayEventKind.Leave, visit, written => written with { Bed = visit.Bed });
        visit.State = VisitState.Away;
        script.In(chance.Minutes(90, 300), () =>
        {
            script.Step(DayEventKind.Return, visit, written => written with { Bed = visit.Bed });
            visit.State = VisitState.Here;
        });
    }

    private void Go(OpenVisit visit)
    {
        if (visit.State is VisitState.Unsure or VisitState.Away)
        {
            script.In(TimeSpan.FromMinutes(45), () => Go(visit));
            return;
        }

        if (!visit.Of.Patient.ByMessage)
        {
            script.Note(DayEventKind.Review, visit);
        }

        var bed = visit.Bed;
        var gone = script.Step(DayEventKind.Discharge, visit, written => written with { Bed = bed });
        if (bed is null || !chance.Happens(0.04))
        {
            End(visit);
            if (bed is not null)
            {
                Clean(bed, gone);
            }

            return;
        }

        visit.State = VisitState.Unsure;
        script.In(chance.Minutes(6, 15), () =>
        {
            script.Step(DayEventKind.CancelDischarge, visit, written => written with { Bed = bed });
            visit.State = VisitState.Here;
            script.In(chance.Minutes(120, 300), () => Go(visit));
        });
    }

    private void End(OpenVisit visit)
    {
        visit.State = VisitState.Over;
        script.Gone(visit.Of.Patient);
    }

    private void Clean(DayBed bed, int left) =>
        script.In(chance.Minutes(20, 60), () => beds.Free(bed, script.Write(DayEventKind.Clean, null, written => written with { Bed = bed }, left)));

    private void Sign(OpenVisit visit) => script.Note(DayEventKind.Observe, visit, written => written with { Measure = People.Sign(chance) });

    private void Find(OpenVisit visit)
    {
        if (!visit.Of.Patient.ByMessage)
        {
            script.Note(DayEventKind.Diagnose, visit, written => written with { Finding = People.Finding(chance) });
        }
    }

    private void Order(OpenVisit visit)
    {
        if (visit.State == VisitState.Over)
        {
            return;
        }

        var test = People.Test(chance);
        var order = script.Note(DayEventKind.Order, visit, written => written with { Measure = test });
        script.In(chance.Minutes(30, 150), () => script.Note(DayEventKind.Result, visit, written => written with { Measure = test, About = order }, order));
    }
}
