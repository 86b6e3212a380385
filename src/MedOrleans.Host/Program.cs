using System.CommandLine;
using MedOrleans.Host.Commands;

var root = new RootCommand("MedOrleans: a hospital cloud.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    ObserveCommand.Create(),
    TenantCommand.Create(),
    InvitationCommand.Create(),
    SignUpCommand.Create(),
    TokenCommand.Create(),
    PlanCommand.Create(),
    UsageCommand.Create(),
    MetersCommand.Create(),
    PoolsCommand.Create(),
    ScalingCommand.Create(),
    SimulateCommand.Create(),
    RateCardCommand.Create(),
    StatementCommand.Create(),
    BudgetCommand.Create(),
    ImportCommand.Create(),
    ExportCommand.Create(),
    BackupCommand.Create(),
    TlsCommand.Create(),
    Hl7Command.Create(),
    DeletionCommands.Certificates(),
};

// A host has its own limit for a stop, StopLimit; this one only must not cut it short.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(11) });
