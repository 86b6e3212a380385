using System.Globalization;
using System.Text.RegularExpressions;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>The first command that anybody runs.</summary>
public sealed partial class DemoTests
{
    [Fact]
    public async Task Demo_OfAShortDay_WorksWithoutAnErrorAndSaysWhatToTryNext()
    {
        var data = Directory.CreateTempSubdirectory("medorleans-demo-");
        try
        {
            var ports = HostProcess.FreePorts(4);
            string[] command = ["demo", "--minutes", "0.1", "--seed", "7", "--no-serve", "--data", data.FullName, "--http", $"http://127.0.0.1:{ports[0]}", "--management", $"http://127.0.0.1:{ports[1]}"];
            var settings = new Dictionary<string, string>
            {
                ["MEDORLEANS__Cluster__SiloPort"] = ports[2].ToString(CultureInfo.InvariantCulture),
                ["MEDORLEANS__Cluster__GatewayPort"] = ports[3].ToString(CultureInfo.InvariantCulture),
            };

            // The second day finds the first one's hospitals.
            for (var day = 0; day < 2; day++)
            {
                var (code, output, error) = await HostProcess.CommandAsync(command, settings);
                Assert.True(code == 0, output + error);
                var rows = Row().Matches(output).Select(row => (Tenant: row.Groups[1].Value, Requests: Number(row.Groups[2]), Errors: Number(row.Groups[3]))).ToList();
                Assert.Equal(["lakeside", "north", "valley"], rows.Select(row => row.Tenant).Order());
                Assert.All(rows, row => Assert.True(row is { Requests: > 0, Errors: 0 }, output));
                Assert.Matches(@"curl -s -H ""Authorization: Bearer \$TOKEN"" http://127\.0\.0\.1:\d+/fhir/north/Patient/[0-9a-f-]{36}", output);
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static int Number(Group group) => int.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    /// <summary>A hospital's row in the last table: its name, requests a second, requests, errors.</summary>
    [GeneratedRegex(@"^\s+(north|valley|lakeside)\s+[\d,]+\s+([\d,]+)\s+([\d,]+)\s", RegexOptions.Multiline)]
    private static partial Regex Row();
}
