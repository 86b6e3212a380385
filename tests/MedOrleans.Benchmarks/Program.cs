using System.CommandLine;
using MedOrleans.Benchmarks;

var seconds = new Option<int>("--seconds") { Description = "How long each measurement runs.", DefaultValueFactory = _ => 10 };
var patients = new Option<int>("--patients") { Description = "How many patients the searches run on.", DefaultValueFactory = _ => 100_000 };
var only = new Option<string?>("--only") { Description = "The measurements to run, parted by commas: creates, messages, reads, updates, transactions, searches, import, memory." };
var data = new Option<string?>("--import") { Description = "A folder of FHIR NDJSON to import; the import isn't measured without one." };
var root = new RootCommand("Prints what MedOrleans does on this machine, next to what bounds it, measured in the same run.") { seconds, patients, only, data };
root.SetAction(async parsed =>
{
    var names = parsed.GetValue(only)?.Split(',') ?? ["creates", "messages", "reads", "updates", "transactions", "searches", "import", "memory"];
    await using var suite = await Suite.StartAsync(parsed.GetValue(seconds), parsed.GetValue(patients), parsed.GetValue(data));
    await suite.RunAsync(names);
    return 0;
});

var port = new Option<int>("--port") { Required = true };
var file = new Option<string>("--file") { Required = true };
var bare = new Command("bare", "Serves a file's bytes from a bare Kestrel: the limit that reads are held against.") { port, file };
bare.SetAction(async parsed => await BareKestrel.RunAsync(parsed.GetValue(port), parsed.GetValue(file)!));
root.Subcommands.Add(bare);
var bodies = new Command("bodies", "Prints what sealing and opening a stored body costs.");
bodies.SetAction(async _ => await BodyBench.RunAsync());
root.Subcommands.Add(bodies);
var resources = new Option<int>("--resources") { DefaultValueFactory = _ => 200_000 };
var lifecycle = new Command("lifecycle", "Prints what an export, a restore's plan and a deletion take, on both stores.") { resources };
lifecycle.SetAction(async parsed => await LifecycleBench.RunAsync(parsed.GetValue(resources)));
root.Subcommands.Add(lifecycle);
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 9 };
var length = new Option<int>("--seconds") { DefaultValueFactory = _ => 5 };
var metering = new Command("metering", "Prints what metering costs: two hosts, one that meters and one that does not, loaded in turn.") { rounds, length };
metering.SetAction(async parsed => await MeteringBench.RunAsync(parsed.GetValue(rounds), parsed.GetValue(length)));
root.Subcommands.Add(metering);
return await root.Parse(args).InvokeAsync();
