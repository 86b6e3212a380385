using MedOrleans.Cluster;
using MedOrleans.Record.Fhir;
using MedOrleans.Records;
using MedOrleans.Tenants;
using MedOrleans.Tests.Fhir;

namespace MedOrleans.Tests.Grains;

/// <summary>A command whose answer was lost is sent again: it has one effect, whatever came in between.</summary>
public sealed class RepeatedCommandTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly Caller s_caller = new("test");
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        Assert.Equal(TenantReplyStatus.Done, (await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North" })).Status);
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    private IIntakeGrain Intake => _silo.Grains.GetGrain<IIntakeGrain>("north");

    [Theory]
    [InlineData(null)]
    [InlineData(1L)]
    public async Task Update_RepeatedAfterAnothersWrite_IsTheVersionThatItMade(long? ifMatch)
    {
        var owner = Owner("a1");
        await Intake.CreateAsync(Write(WriteKind.Create, "a1", "One"));
        var command = Write(WriteKind.Update, "a1", "Two") with { IfMatch = ifMatch };
        var first = await owner.WriteAsync(command);
        await owner.WriteAsync(Write(WriteKind.Update, "a1", "Three"));

        var again = await owner.WriteAsync(command with { IsRepeat = true });

        Assert.Equal((WriteStatus.Updated, 2), (first.Status, first.Stored!.Version));
        Assert.Equal((first.Status, first.Stored.Version), (again.Status, again.Stored!.Version));
        Assert.Equal(3, (await owner.ReadCurrentAsync())!.Version);
    }

    [Fact]
    public async Task Update_ThatComesAfterItsOwnRepetition_IsTheVersionThatThatMade()
    {
        var owner = Owner("a1");
        await Intake.CreateAsync(Write(WriteKind.Create, "a1", "One"));
        var late = Write(WriteKind.Update, "a1", "Two");
        await owner.WriteAsync(late with { IsRepeat = true });
        await owner.WriteAsync(Write(WriteKind.Update, "a1", "Three"));

        var reply = await owner.WriteAsync(late);

        Assert.Equal(2, reply.Stored!.Version);
        Assert.Equal(3, (await owner.ReadCurrentAsync())!.Version);
    }

    [Fact]
    public async Task Create_RepeatedAfterAnUpdate_IsTheVersionThatItMade()
    {
        var command = Write(WriteKind.Create, "a1", "One");
        await Intake.CreateAsync(command);
        await Owner("a1").WriteAsync(Write(WriteKind.Update, "a1", "Two"));

        var again = await Intake.CreateAsync(command);

        Assert.Equal((WriteStatus.Created, 1), (again.Status, again.Stored!.Version));
        Assert.Equal(2, (await Owner("a1").ReadCurrentAsync())!.Version);
    }

    [Fact]
    public async Task Transaction_RepeatedAfterAnothersWrites_IsWhatItMade()
    {
        await Intake.CreateAsync(Write(WriteKind.Create, "a1", "One"));
        var command = new TransactionCommand
        {
            Items = [new(WriteKind.Update, "Patient", "a1", Patient("a1", "Two")), new(WriteKind.Create, "Patient", "a2", Patient("a2", "Two")), new(WriteKind.Delete, "Patient", "nobody", null)],
            Caller = s_caller,
            CommandId = Guid.CreateVersion7(),
        };
        var first = await Intake.TransactAsync(command);
        await Owner("a1").WriteAsync(Write(WriteKind.Update, "a1", "Three"));
        await Owner("a2").WriteAsync(Write(WriteKind.Update, "a2", "Three"));

        var again = await Intake.TransactAsync(command with { IsRepeat = true });

        Assert.True(first.Committed && again.Committed);
        Assert.Equal(first.Items.Select(item => (item.Status, item.Stored?.Version)), again.Items.Select(item => (item.Status, item.Stored?.Version)));
        Assert.Equal(3, (await Owner("a1").ReadCurrentAsync())!.Version);
    }

    private IResourceOwnerGrain Owner(string id) => _silo.Grains.GetOwner(new ResourceKey(s_north, "Patient", id));

    private static WriteCommand Write(WriteKind kind, string id, string family) => new() { Kind = kind, Resource = Patient(id, family), Caller = s_caller, CommandId = Guid.CreateVersion7() };

    private static PreparedResource Patient(string id, string family) =>
        Reading.Valid($$"""{"resourceType":"Patient","id":"{{id}}","name":[{"family":"{{family}}"}]}""", new ReadOptions { Id = id });
}
