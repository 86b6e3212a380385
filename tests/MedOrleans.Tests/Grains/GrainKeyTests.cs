using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Patients;
using MedOrleans.Records;
using MedOrleans.Security;
using MedOrleans.Wards;

namespace MedOrleans.Tests.Grains;

/// <summary>A grain that sees resources of one type takes no key of another: the scopes of a token are held against the type in the key.</summary>
public sealed class GrainKeyTests : IAsyncLifetime
{
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        await _silo.Grains.GetGrain<Tenants.ITenantManagementGrain>("north").CreateAsync(new Tenants.CreateTenant { Name = "North Hospital" });
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Ward_UnderAKeyOfAnotherType_Refuses()
    {
        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IWardGrain>("north/Basic/b1").CensusAsync());
        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IWardGrain>("north/Basic/b1").ReserveAsync(new ReserveBed { PatientId = "p1" }));
        Assert.Empty(await _silo.Grains.GetGrain<IWardGrain>("north/Location/b1").CensusAsync());
    }

    [Fact]
    public async Task Encounter_UnderAKeyOfAnotherType_Refuses()
    {
        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IEncounterGrain>("north/Basic/e1").DischargeAsync(new DischargeEncounter()));
        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IEncounterGrain>("north/Patient/e1").ReadAsync());
        Assert.Equal(WriteStatus.NotFound, (await _silo.Grains.GetGrain<IEncounterGrain>("north/Encounter/e1").DischargeAsync(new DischargeEncounter())).Status);
    }

    [Theory]
    [InlineData("patient", "north/Basic/b1")]
    [InlineData("encounter", "north/Observation/o1")]
    [InlineData("record", "north/Patient/p1")]
    [InlineData("record", "north/Encounter/e1")]
    [InlineData("record", "north")]
    public async Task Owner_OfAnotherTypesResource_Refuses(string grainType, string key) =>
        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IRecordGrain>(GrainId.Create(grainType, key)).ReadAsync());

    [Fact]
    public async Task Owner_ByTheWayThatOwnersAreFound_Answers()
    {
        foreach (var type in new[] { "Patient", "Encounter", "Observation", "Basic" })
        {
            Assert.Null(await _silo.Grains.GetOwner(new ResourceKey(TenantId.Parse("north"), type, "x")).ReadCurrentAsync());
        }

        await Assert.ThrowsAsync<AccessDeniedException>(() => _silo.Grains.GetGrain<IPatientGrain>("north/Basic/b1").RegisterAsync(new RegisterPatient { Family = "A" }));
    }
}
