using System.Text.Json.Nodes;
using MedOrleans.Elasticity.Local;

namespace MedOrleans.Tests.Elasticity;

/// <summary>The processes that a supervisor leaves to the next.</summary>
public sealed class SiloProcessTests : IDisposable
{
    private readonly SiloTemplate _template = new(["/bin/sh", "-c", "exec sleep 60"], Directory.CreateTempSubdirectory("medorleans-silos-").FullName, (_, _) => "{}", number => $"127.0.0.1:{number}");
    private readonly SiloProcess _silo;

    public SiloProcessTests() => _silo = SiloProcess.Start(_template, new SupervisorOptions(), 1);

    private string Record => Path.Combine(_template.Folder, "1", "process.json");

    public void Dispose()
    {
        _silo.Kill();
        _silo.Dispose();
        Directory.Delete(_template.Folder, recursive: true);
    }

    [Fact]
    public void Find_AfterTheMachinesClockWasSet_StillKnowsTheProcess()
    {
        // The runtime reckons a start back from the time of day: what it says of the same process differs by what the clock was set.
        Edit("Started", DateTime.UtcNow.AddHours(-1));

        var (number, silo) = Assert.Single(SiloProcess.Find(_template));
        using (silo)
        {
            Assert.Equal((1, _silo.Id), (number, silo.Id));
        }
    }

    [Fact]
    public void Find_WhereTheProcesssNumberIsAnothersNow_FindsNone()
    {
        Edit("Birth", "5b2f4b6e-0d8c-4d56-8a5e-4f8f6a3d2c11/1");

        Assert.Empty(SiloProcess.Find(_template));
    }

    private void Edit(string name, JsonNode value)
    {
        var record = JsonNode.Parse(File.ReadAllText(Record))!;
        record[name] = value;
        File.WriteAllText(Record, record.ToJsonString());
    }
}
