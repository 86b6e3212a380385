namespace MedOrleans.Elasticity.Simulation;

/// <summary>
/// A year of the work of many hospitals, minute by minute, in silos that are wholly busy; made up, and the same for the same seed. Hospitals differ in size and in
/// when their day begins. Mornings are busiest, Mondays more so, nights and weekends are quiet; winter, a wave of influenza, public holidays; and incidents that
/// no calendar knows. What hospitals do by chance evens out among many.
/// </summary>
internal static class HospitalYear
{
    /// <summary>The minutes of a year.</summary>
    public const int Minutes = 365 * 24 * 60;

    /// <summary>The first minute: a Thursday, the first of January.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int Day = 24 * 60;
    private const int Quarter = 15;
    private const int MostGroups = 96;

    /// <summary>The mean work of a hospital, in silos.</summary>
    private const double PerHospital = 0.04;

    private static readonly double[] s_weekdays = [0.5, 1.12, 1.02, 1, 1, 0.95, 0.55];
    private static readonly (int Month, int Day)[] s_holidays = [(1, 1), (4, 6), (5, 1), (5, 25), (10, 3), (12, 25), (12, 26)];

    /// <summary>The work of each minute.</summary>
    public static float[] Make(int hospitals, int seed)
    {
#pragma warning disable CA5394 // The same for the same seed is what is wanted.
        var random = new Random(seed);
        var groups = Math.Min(hospitals, MostGroups);
        var work = new float[Minutes];
        var days = new double[366];
        for (var day = 0; day < days.Length; day++)
        {
            var date = Start.AddDays(day);
            var season = 1 + (0.12 * Math.Cos(2 * Math.PI * (day - 25) / 365)) + (0.28 * Math.Exp(-Math.Pow((day - 38) / 12.0, 2)));
            days[day] = season * (s_holidays.Contains((date.Month, date.Day)) ? s_weekdays[0] : s_weekdays[(int)date.DayOfWeek]);
        }

        for (var group = 0; group < groups; group++)
        {
            var members = (hospitals / groups) + (group < hospitals % groups ? 1 : 0);
            var size = 0.0;
            for (var i = 0; i < members; i++)
            {
                size += Math.Exp((0.8 * Normal(random)) - 0.32);
            }

            Add(work, days, size * PerHospital, (int)(35 * Normal(random)), 0.22 / Math.Sqrt(members), random);
        }

        // Incidents: a crash on the motorway, a system that was away and catches up; each meets some hospitals.
        for (var incident = 0; incident < 14; incident++)
        {
            var (at, length) = (random.Next(Minutes), random.Next(40, 150));
            var share = Math.Min(1.0, (1 + random.Next(12)) / (double)hospitals);
            var strength = share * (0.6 + (1.4 * random.NextDouble()));
            for (var minute = at; minute < Math.Min(Minutes, at + length); minute++)
            {
                work[minute] *= (float)(1 + (strength * Math.Sin(Math.PI * (minute - at) / length)));
            }
        }
#pragma warning restore CA5394
        return work;
    }

    /// <summary>Adds a group of hospitals that begin their day at one time.</summary>
    private static void Add(float[] work, double[] days, double size, int shift, double spread, Random random)
    {
        var shape = new double[Day];
        for (var minute = 0; minute < Day; minute++)
        {
            double Bump(double at, double width) => Math.Exp(-Math.Pow((minute - at) / width, 2));
            shape[minute] = 0.3 + (1.9 * Bump(9.5 * 60, 105)) + (1.15 * Bump(14.25 * 60, 120)) + (0.35 * Bump(19.5 * 60, 90));
        }

        // What comes by chance changes from quarter to quarter, and each remembers the one before.
        var chance = 0.0;
        var (before, next) = (0.0, 0.0);
        for (var minute = 0; minute < Minutes; minute++)
        {
            if (minute % Quarter == 0)
            {
                chance = (0.8 * chance) + (0.6 * spread * Normal(random));
                (before, next) = (next, chance);
            }

            var blend = minute % Quarter / (double)Quarter;
            var noise = 1 + (before * (1 - blend)) + (next * blend);
            work[minute] += (float)(size * days[minute / Day] * shape[(minute + shift + Day) % Day] * Math.Max(0.2, noise));
        }
    }

#pragma warning disable CA5394
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
#pragma warning restore CA5394
}
