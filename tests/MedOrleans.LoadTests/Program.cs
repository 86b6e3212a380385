using System.CommandLine;
using MedOrleans.LoadTests;

var json = new Option<FileInfo?>("--json") { Description = "A file for the verdict as JSON.", Recursive = true };
var root = new RootCommand("Loads real hosts on loopback and says whether what was promised holds; exit code 1 where it does not.") { json };

var seconds = new Option<int>("--seconds") { Description = "How long the measured part takes, 8 to 600.", DefaultValueFactory = _ => 40 };
var noisy = new Command("noisy-neighbour", "One hospital at ten times its burst limit: what its neighbours feel of it.") { seconds };
noisy.SetAction(async parsed => await NoisyNeighbour.RunAsync(TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 8, 600)), parsed.GetValue(json)) ? 0 : 1);
root.Subcommands.Add(noisy);

var count = new Option<int>("--count") { Description = "How many hospitals, 10 to 20,000.", DefaultValueFactory = _ => 1000 };
var tenants = new Command("tenants", "Many hospitals on one embedded host: provisioning time, and what one at rest costs.") { count };
tenants.SetAction(async parsed => await ManyTenants.RunAsync(Math.Clamp(parsed.GetValue(count), 10, 20_000), parsed.GetValue(json)) ? 0 : 1);
root.Subcommands.Add(tenants);
var probes = new Option<int>("--probes") { Description = "How many probes, 5,000 to 10,000,000.", DefaultValueFactory = _ => 100_000 };
var seed = new Option<int?>("--seed") { Description = "The seed of the probes; another each time without it." };
var isolation = new Command("isolation", "One hospital's token and another's ids over every route, id form, search, include, chain, page, bundle and grain call.") { probes, seed };
isolation.SetAction(async parsed => await Isolation.RunAsync(Math.Clamp(parsed.GetValue(probes), 5000, 10_000_000), parsed.GetValue(seed) ?? Environment.TickCount, parsed.GetValue(json)) ? 0 : 1);
root.Subcommands.Add(isolation);
Scenarios.AddTo(root, json);
return await root.Parse(args).InvokeAsync();
