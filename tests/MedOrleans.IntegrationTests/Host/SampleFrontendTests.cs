using System.Diagnostics;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>The sample of a HIS frontend, run as its reader would run it.</summary>
public sealed class SampleFrontendTests(HostFixture fixture) : IClassFixture<HostFixture>
{
    // It runs from where it is built, on its own framework.
    private static readonly string s_program = Path.Combine(
        AppContext.BaseDirectory.Replace("MedOrleans.IntegrationTests", "MedOrleans.SampleFrontend", StringComparison.Ordinal), "MedOrleans.SampleFrontend.dll");

    [Fact]
    public async Task Frontend_WithAHospitalsCredential_RegistersObservesAndFinishes()
    {
        using var tenant = await fixture.Host.CreateTenantAsync("sample");

        var (code, output) = await RunAsync("sample", tenant.ClientId, tenant.ClientSecret);

        Assert.True(code == 0, output);
        Assert.Equal(
            ["hospital: sample hospital", "patient: Created, version 1", "encounter: Created", "observation: Created", "found: 1, of 118 mmHg", "encounter: Updated, then RuleViolated"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var patients = await Hospital.GetAsync(tenant.Client, "/fhir/sample/Patient?family=Sample&_summary=count");
        Assert.Equal(1, patients.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Frontend_WithAnotherHospitalsCredential_IsDenied()
    {
        using var north = await fixture.Host.CreateTenantAsync("sample-north");
        using var south = await fixture.Host.CreateTenantAsync("sample-south");

        var (code, output) = await RunAsync("sample-south", north.ClientId, north.ClientSecret);

        Assert.NotEqual(0, code);
        Assert.Contains("AccessDeniedException", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output)> RunAsync(string tenant, string clientId, string secret)
    {
        var start = new ProcessStartInfo("dotnet", [s_program, fixture.Host.SiloGateway.ToString(), $"http://{fixture.Host.Http}/oauth2/token", tenant, clientId])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MEDORLEANS_CLIENT_SECRET"] = secret;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
