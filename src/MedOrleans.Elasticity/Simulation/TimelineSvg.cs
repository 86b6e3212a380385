using System.Globalization;
using System.Text;

namespace MedOrleans.Elasticity.Simulation;

/// <summary>Draws work and silos over time: the year by days, and the busiest week by quarters of an hour.</summary>
internal static class TimelineSvg
{
    private const int Width = 1100;
    private const int Height = 260;
    private const int Left = 60;
    private const int Top = 40;
    private const int Week = 7 * 24 * 60;

    /// <summary>The drawing.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="work">The work of each minute, in silos.</param>
    /// <param name="silos">The silos of each minute.</param>
    /// <param name="start">The first minute.</param>
    public static string Draw(string title, float[] work, int[] silos, DateTimeOffset start)
    {
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {(2 * (Height + 60)) + 20}" font-family="system-ui, sans-serif" font-size="12">
            <style>text {"{"} fill: #333 {"}"} .work {"{"} fill: #0b6e63; opacity: .35 {"}"} .silos {"{"} fill: none; stroke: #b3541e; stroke-width: 1.4 {"}"} .axis {"{"} stroke: #ccc {"}"}</style>
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="{Left}" y="20" font-size="15" font-weight="600">{System.Security.SecurityElement.Escape(title)}</text>

            """);
        Panel(svg, "the year, each day at its busiest", work, silos, 0, work.Length, 24 * 60, Top, start, at => at.Day == 1 ? at.ToString("MMM", CultureInfo.InvariantCulture) : null);
        var busiest = Array.IndexOf(work, work.Max());
        var from = Math.Clamp((busiest / (24 * 60) * 24 * 60) - (3 * 24 * 60), 0, Math.Max(0, work.Length - Week));
        Panel(svg, "the busiest week, by quarters of an hour", work, silos, from, Math.Min(work.Length, from + Week), 15, Top + Height + 60, start, at => at.ToString("ddd d MMM", CultureInfo.InvariantCulture));
        return svg.Append("</svg>\n").ToString();
    }

    private static void Panel(StringBuilder svg, string name, float[] work, int[] silos, int from, int to, int step, int top, DateTimeOffset start, Func<DateTimeOffset, string?> label)
    {
        var most = Math.Max(1, Math.Max(work[from..to].Max(), silos[from..to].Max()));
        double X(double minute) => Left + ((minute - from) / (to - from) * (Width - Left - 20));
        double Y(double value) => top + Height - (value / most * (Height - 20));
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{top + 4}\">{name}: work (area) and silos (line)</text>\n");
        for (var tick = 0; tick <= 4; tick++)
        {
            var value = most * tick / 4;
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - 20}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\"/><text x=\"{Left - 8}\" y=\"{Y(value) + 4:0.#}\" text-anchor=\"end\">{value:0.#}</text>\n");
        }

        for (var minute = from; minute < to - 1; minute += 24 * 60)
        {
            if (label(start.AddMinutes(minute)) is { } text)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(minute):0.#}\" y=\"{top + Height + 18}\">{text}</text>\n");
            }
        }

        var area = new StringBuilder().Append(CultureInfo.InvariantCulture, $"M{X(from):0.#} {Y(0):0.#}");
        var line = new StringBuilder();
        for (var at = from; at < to; at += step)
        {
            var end = Math.Min(to, at + step);
            area.Append(CultureInfo.InvariantCulture, $"L{X(at):0.#} {Y(work[at..end].Max()):0.#}");
            line.Append(CultureInfo.InvariantCulture, $"{(line.Length == 0 ? 'M' : 'L')}{X(at):0.#} {Y(silos[at..end].Max()):0.#}");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"work\" d=\"{area}L{X(to):0.#} {Y(0):0.#}Z\"/><path class=\"silos\" d=\"{line}\"/>\n");
    }
}
