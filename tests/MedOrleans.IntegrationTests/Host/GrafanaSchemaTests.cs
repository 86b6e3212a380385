using System.Text.Json.Nodes;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>
/// The shipped dashboards against the schema that Grafana publishes: the package <c>@grafana/schema</c> of the npm registry, whose form is
/// TypeScript types. Each dashboard and panel is assigned to its type and compiled; a member or value that Grafana does not know is an error.
/// </summary>
public sealed class GrafanaSchemaTests(GrafanaSchema schema) : IClassFixture<GrafanaSchema>
{
    [Fact]
    public async Task Dashboards_AgainstGrafanasTypes_HaveNoMistake() => Assert.Equal("", await schema.CheckAsync(_ => { }));

    [Theory]
    [InlineData("fieldConfig.defaults.custom.lineWidth", "\"thick\"", "not assignable to type 'number'")]
    [InlineData("fieldConfig.defaults.custom.stacking.mode", "\"sideways\"", "Type '\"sideways\"' is not assignable")]
    [InlineData("options.colour", "1", "'\"colour\"' does not exist")]
    [InlineData("gridPos", "{\"x\":0}", "missing the following properties")]
    [InlineData("targets", "[{\"expr\":\"up\"}]", "missing the following properties")]
    public async Task Panel_WithAMistake_IsFound(string path, string value, string complaint)
    {
        var found = await schema.CheckAsync(panel => Set(panel, path.Split('.'), JsonNode.Parse(value)!));

        Assert.Contains(complaint, found, StringComparison.Ordinal);
    }

    private static void Set(JsonNode panel, string[] path, JsonNode value)
    {
        foreach (var name in path[..^1])
        {
            panel = panel[name]!;
        }

        panel[path[^1]] = value;
    }
}

/// <summary>Grafana's types and a compiler, in a folder of their own.</summary>
public sealed class GrafanaSchema : IAsyncLifetime
{
    private const string Types = """
        import type { Dashboard, Panel } from '@grafana/schema';
        import type * as BarGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
        import type * as Stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
        import type * as TimeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

        // As JSON says it: an enum by its values.
        type Json<T> = T extends string ? `${T}` : T extends number ? (`${T}` extends `${infer N extends number}` ? N : never)
          : T extends readonly (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
        // As a file says it: what is left out has the panel's default.
        type Saved<T> = T extends readonly (infer U)[] ? Saved<U>[] : T extends object ? { [K in keyof T]?: Saved<T[K]> } : T;
        type Field = NonNullable<Panel['fieldConfig']>;
        type Query = { refId: string; datasource: { type: 'prometheus'; uid: string }; expr: string; legendFormat?: string; editorMode: 'code'; range: boolean; instant: boolean };
        type Kind<Type extends string, Options, Custom> = Omit<Json<Panel>, 'type' | 'options' | 'fieldConfig' | 'targets' | 'gridPos'> & {
          type: Type; title: string; options: Saved<Json<Options>>; targets: Query[]; gridPos: Json<NonNullable<Panel['gridPos']>>;
          fieldConfig: Omit<Json<Field>, 'defaults'> & { defaults: Omit<Json<Field['defaults']>, 'custom'> & { custom?: Saved<Json<Custom>> } };
        };
        type Panels = { stat: Kind<'stat', Stat.Options, object>; bargauge: Kind<'bargauge', BarGauge.Options, object>; timeseries: Kind<'timeseries', TimeSeries.Options, TimeSeries.FieldConfig> };
        """;

    private readonly NpmFolder _npm = new();
    private int _checks;

    public Task InitializeAsync() => _npm.InstallAsync("@grafana/schema@13.2.3", "typescript@7.0.2");

    public Task DisposeAsync()
    {
        _npm.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>What the compiler says of the dashboards once their first chart was changed; nothing where all is well.</summary>
    public async Task<string> CheckAsync(Action<JsonNode> change)
    {
        var lines = new List<string> { Types };
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "grafana", "dashboards"), "*.json").Order(StringComparer.Ordinal))
        {
            var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
            var panels = dashboard["panels"]!.AsArray();
            dashboard.Remove("panels");
            lines.Add($"export const d{lines.Count}: Omit<Json<Dashboard>, 'panels'> = {dashboard.ToJsonString()};");
            change(panels.First(panel => (string?)panel!["type"] == "timeseries")!);
            lines.AddRange(panels.Select((panel, i) => $"export const p{lines.Count}_{i}: Panels['{panel!["type"]}'] = {panel.ToJsonString()};").ToList());
        }

        var source = $"check{Interlocked.Increment(ref _checks)}.ts";
        await _npm.WriteAsync(source, lines);
        var (code, output) = await _npm.RunAsync(_npm.Program("tsc"), ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--moduleResolution", "nodenext", source]);
        return code == 0 ? "" : output;
    }
}
