using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace MedOrleans.LoadTests;

/// <summary>What a scenario found: figures, and claims that hold or do not.</summary>
internal sealed class Verdict(string scenario)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    private readonly List<(string Name, string Value)> _figures = [];
    private readonly List<(string Claim, string Found, bool Holds)> _claims = [];

    /// <summary>Notes a figure.</summary>
    public void Figure(string name, FormattableString value) => _figures.Add((name, value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Notes a claim.</summary>
    public void Claim(string claim, FormattableString found, bool holds) => _claims.Add((claim, found.ToString(CultureInfo.InvariantCulture), holds));

    /// <summary>Prints all, writes it as JSON where a file is given, and says whether every claim holds.</summary>
    public async Task<bool> PrintAsync(FileInfo? json)
    {
        AnsiConsole.Profile.Width = 120;
        var figures = new Table().Title(scenario).AddColumns("figure", "value").MarkdownBorder();
        _figures.ForEach(figure => figures.AddRow(Markup.Escape(figure.Name), Markup.Escape(figure.Value)));
        AnsiConsole.Write(figures);
        var claims = new Table().AddColumns("claim", "found", "holds").MarkdownBorder();
        _claims.ForEach(claim => claims.AddRow(Markup.Escape(claim.Claim), Markup.Escape(claim.Found), claim.Holds ? "yes" : "NO"));
        AnsiConsole.Write(claims);
        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(
                new
                {
                    scenario,
                    figures = _figures.ToDictionary(figure => figure.Name, figure => figure.Value),
                    claims = _claims.Select(claim => new { claim = claim.Claim, found = claim.Found, holds = claim.Holds }),
                },
                s_json));
        }

        return _claims.TrueForAll(claim => claim.Holds);
    }
}
