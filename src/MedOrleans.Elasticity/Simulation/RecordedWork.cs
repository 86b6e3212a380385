using System.Globalization;

namespace MedOrleans.Elasticity.Simulation;

/// <summary>Reads recorded work: lines of <c>time,silos</c>, the time in ISO 8601, the work in silos that are wholly busy, as <c>medorleans_scaling_work</c> has it.</summary>
internal static class RecordedWork
{
    private const int MostMinutes = 3 * 366 * 24 * 60;

    /// <summary>The work of each minute; what a line says holds until the next.</summary>
    /// <exception cref="FormatException">A line that cannot be read, with its number.</exception>
    public static (float[] Work, DateTimeOffset Start) Read(IEnumerable<string> lines)
    {
        var points = new List<(DateTimeOffset At, float Silos)>();
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            var parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (line.Length == 0 || (number == 1 && !char.IsAsciiDigit(line[0])))
            {
                continue;
            }

            if (parts.Length < 2 || !DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
                || !float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var silos) || !(silos is >= 0 and < 1e6f))
            {
                throw new FormatException($"line {number}: is not time,silos: 2026-01-01T00:00:00Z,1.5.");
            }

            if (points.Count > 0 && at <= points[^1].At)
            {
                throw new FormatException($"line {number}: is not later than the one before.");
            }

            points.Add((at, silos));
        }

        if (points.Count < 2)
        {
            throw new FormatException("there are fewer than two lines of time,silos.");
        }

        var minutes = (int)Math.Min(MostMinutes, (points[^1].At - points[0].At).TotalMinutes + 1);
        var work = new float[minutes];
        for (var (minute, next) = (0, 0); minute < minutes; minute++)
        {
            while (next + 1 < points.Count && points[next + 1].At <= points[0].At.AddMinutes(minute))
            {
                next++;
            }

            work[minute] = points[next].Silos;
        }

        return (work, points[0].At);
    }
}
