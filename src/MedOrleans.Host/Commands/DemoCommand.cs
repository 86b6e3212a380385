using System.CommandLine;
using MedOrleans.Host.Client;
using MedOrleans.Host.Demo;
using MedOrleans.Host.Hosting;
using MedOrleans.Workload;

namespace MedOrleans.Host.Commands;

/// <summary><c>medorleans demo</c>: a host, three hospitals and a day of their work.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan s_evening = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var flags = new HostFlags();
        var minutes = new Option<double>("--minutes") { Description = "How long the day takes, 0.1 to 60.", DefaultValueFactory = _ => 2 };
        var noServe = new Option<bool>("--no-serve") { Description = "Ends after the day." };
        var seed = new Option<int>("--seed") { Description = "What decides the day.", DefaultValueFactory = _ => 42 };
        var command = new Command("demo", "Starts one embedded process and drives a synthetic day of hospital work through its FHIR API.") { minutes, noServe, seed };
        flags.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(minutes) is { Implicit: false } && result.GetValue(minutes) is < 0.1 or > 60)
            {
                result.AddError("--minutes: must be between 0.1 and 60.");
            }
        });
        command.SetAction((parsed, cancel) => ServeCommand.RunAsync(
            () => flags.Load(parsed),
            async (host, token) =>
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(token, host.Stopping);
                try
                {
                    await DayAsync(host, TimeSpan.FromMinutes(parsed.GetValue(minutes)), parsed.GetValue(seed), stop.Token);
                }
                catch (ClientException e)
                {
                    await Console.Error.WriteLineAsync(e.Message);
                    return 1;
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return 0;
                }

                return parsed.GetValue(noServe) || stop.IsCancellationRequested ? 0 : await ServeCommand.ServeAsync(host, token);
            },
            cancel));
        return command;
    }

    private static async Task DayAsync(MedOrleansHost host, TimeSpan length, int seed, CancellationToken cancel)
    {
        var time = TimeProvider.System;
        var folder = Path.GetFullPath(host.Settings.Host.DataFolder);
        Console.WriteLine($"MedOrleans serves {host.Http} (operator: {host.Management}), data in {folder}");
        using var administrator = ApiClient.Operator(folder, host.Http.ToString());
        var credentials = await DemoHospitals.ProvisionAsync(administrator, folder, cancel);

        // Two runs with one seed plan the same day; the run's number keeps their patients apart.
        var run = (int)(time.GetUtcNow().ToUnixTimeSeconds() & int.MaxValue);
        var clients = HospitalProfile.All.Select(hospital => new ApiClient(host.Http, credentials[hospital.Tenant].ClientId, credentials[hospital.Tenant].ClientSecret, time)).ToList();
        var hospitals = HospitalProfile.All.Select(hospital => (Hospital: hospital, Figures: new HospitalFigures())).ToList();
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var watch = WatchAsync(administrator, clients, hospitals, watching.Token);
        var drivers = hospitals.Select((entry, i) => new HospitalDriver(entry.Hospital, clients[i], entry.Figures, length, seed, run, time)).ToList();
        try
        {
            // The day's appointments lie in it, so that it has to be known when it begins.
            Console.WriteLine("The evening before: wards fill, appointments are booked …");
            var clock = new DayClock(time.GetUtcNow() + s_evening, length);
            await Task.WhenAll(drivers.Select(driver => driver.PrepareAsync(clock, cancel)));
            if (clock.Midnight - time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancel);
            }

            await DemoView.ShowAsync(hospitals, Task.WhenAll(drivers.Select(driver => driver.RunAsync(clock, cancel))), length, time);
        }
        catch (DayRefusedException refused)
        {
            throw new ClientException(refused.Message);
        }
        finally
        {
            await watching.CancelAsync();
            await watch;
        }

        for (var i = 0; i < hospitals.Count; i++)
        {
            await LookAsync(administrator, clients[i], hospitals[i].Hospital, hospitals[i].Figures, cancel);
        }

        DemoView.Summary(hospitals, length, time);
        PrintNext(host, folder, credentials["north"], hospitals[0].Figures.SomePatient);
        clients.ForEach(client => client.Dispose());
    }

    private static async Task WatchAsync(
        ApiClient administrator, List<ApiClient> clients, List<(HospitalProfile Hospital, HospitalFigures Figures)> hospitals, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                for (var i = 0; i < hospitals.Count; i++)
                {
                    await LookAsync(administrator, clients[i], hospitals[i].Hospital, hospitals[i].Figures, cancel);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ClientException)
        {
            // The day is over; a failure shows as errors of the hospitals themselves.
        }
    }

    private static async Task LookAsync(ApiClient administrator, ApiClient client, HospitalProfile hospital, HospitalFigures figures, CancellationToken cancel)
    {
        figures.Read(
            await administrator.GetAsync($"/admin/tenants/{hospital.Tenant}", cancel),
            await administrator.GetAsync($"/admin/tenants/{hospital.Tenant}/usage", cancel));
        var open = await client.GetAsync($"/fhir/{hospital.Tenant}/Encounter?status=in-progress&_summary=count", cancel);
        figures.OpenEncounters = open.GetProperty("total").GetInt64();
    }

    /// <summary>How this program is called from here.</summary>
    private static string Program => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "medorleans" ? path : "medorleans";

    private static void PrintNext(MedOrleansHost host, string folder, DemoCredential north, string? patient)
    {
        Console.WriteLine($$"""

            What to try next, as North University Hospital:
              TOKEN=$(curl -s {{host.Http}}oauth2/token -d grant_type=client_credentials -d client_id={{north.ClientId}} -d client_secret={{north.ClientSecret}} | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
              curl -s -H "Authorization: Bearer $TOKEN" {{host.Http}}fhir/north/Patient/{{patient}}
              curl -s -H "Authorization: Bearer $TOKEN" '{{host.Http}}fhir/north/Observation?patient={{patient}}&_sort=-date&_include=Observation:encounter'
              curl -s -H "Authorization: Bearer $TOKEN" '{{host.Http}}fhir/north/AuditEvent?entity=Patient/{{patient}}'
              curl -s -H "Authorization: Bearer $TOKEN" {{host.Http}}admin/tenants/north/usage
              curl -s {{host.Http}}fhir/north/metadata
              {{host.Http}}console in a browser, with that client id and secret
            As the operator (credential in {{host.OperatorFile}}):
              {{host.Http}}console in a browser
              {{Program}} tenant list --data {{folder}}
              curl -s {{host.Management}}metrics

            """);
    }
}
