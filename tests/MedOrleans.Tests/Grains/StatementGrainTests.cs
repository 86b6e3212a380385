using MedOrleans.Metering;
using MedOrleans.Plans;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Grains;

public sealed class StatementGrainTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private readonly BillingMonth _month = BillingMonth.Of(TimeProvider.System.GetUtcNow());
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        var created = await _silo.Grains.GetGrain<ITenantManagementGrain>("north").CreateAsync(new CreateTenant { Name = "North Hospital" });
        Assert.Equal(TenantReplyStatus.Done, created.Status);
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Show_OpenMonth_IsADraftOfWhatWasUsed()
    {
        await UseAsync(1, 1_100_000);

        var reply = await Statement(_month).ShowAsync();

        Assert.Equal(StatementReplyStatus.Done, reply.Status);
        Assert.Equal((StatementStatus.Draft, "North Hospital", 1_100_000m), (reply.Statement!.Status, reply.Statement.TenantName, reply.Statement.Lines.Sum(line => line.Quantity)));
        Assert.True(reply.Statement.Total > 0);
    }

    [Fact]
    public async Task Close_MonthThatIsNotOver_IsNotAllowed()
    {
        Assert.Equal(StatementReplyStatus.NotAllowed, (await Statement(_month).CloseAsync()).Status);
        _silo.StoreTime.SetUtcNow(_month.End.AddMinutes(59));
        Assert.Equal(StatementReplyStatus.NotAllowed, (await Statement(_month).CloseAsync()).Status);
        _silo.StoreTime.SetUtcNow(_month.End.AddMinutes(60));
        Assert.Equal(StatementReplyStatus.Done, (await Statement(_month).CloseAsync()).Status);
    }

    [Fact]
    public async Task Close_BeforeTheMonthBeforeIt_IsNotAllowed()
    {
        _silo.StoreTime.SetUtcNow(_month.Next.End.AddDays(1));

        var refused = await Statement(_month.Next).CloseAsync();
        Assert.Equal((StatementReplyStatus.NotAllowed, true), (refused.Status, refused.Detail!.Contains(_month.ToString(), StringComparison.Ordinal)));
        Assert.Equal(StatementReplyStatus.Done, (await Statement(_month).CloseAsync()).Status);
        Assert.Equal(StatementReplyStatus.Done, (await Statement(_month.Next).CloseAsync()).Status);
    }

    [Fact]
    public async Task Show_NoSuchHospitalOrMonth_IsNotFound()
    {
        Assert.Equal(StatementReplyStatus.NotFound, (await _silo.Grains.GetGrain<IStatementGrain>($"nobody/{_month}").ShowAsync()).Status);
        Assert.Equal(StatementReplyStatus.NotFound, (await Statement(_month.Previous).ShowAsync()).Status);
        Assert.Equal(StatementReplyStatus.NotFound, (await Statement(_month.Next).ShowAsync()).Status);
    }

    /// <summary>Usage that was metered in a month after its statement was closed: the statement stays, byte for byte, and the next one has the difference, once.</summary>
    [Fact]
    public async Task LateUsage_AfterTheClose_IsAdjustedOnceOnTheNextStatement()
    {
        await UseAsync(1, 2_000_000);
        _silo.StoreTime.SetUtcNow(_month.End.AddHours(2));
        var closed = await Statement(_month).CloseAsync();

        // The store's clock was wrong for a while: usage lands in the month that is closed.
        _silo.StoreTime.AdjustTime(_month.End.AddHours(-1));
        await UseAsync(2, 500_000);
        _silo.StoreTime.AdjustTime(_month.Next.End.AddHours(2));
        var next = await Statement(_month.Next).CloseAsync();
        var last = await Statement(_month.Next.Next).ShowAsync();

        Assert.Equal(closed.Document, (await Statement(_month).ShowAsync()).Document);
        var line = Assert.Single(next.Statement!.Lines, line => line.Kind == LineKind.Adjustment);
        Assert.Equal((MeterNames.ApiRead, _month.ToString(), 500_000m, 5.00m), (line.Meter, line.ForMonth, line.Quantity, line.Amount));
        Assert.Equal(5.00m, next.Statement.AdjustmentTotal);
        Assert.Equal(0m, last.Statement!.AdjustmentTotal);
    }

    [Fact]
    public async Task RateCard_ThatPricedAClosedMonth_ChangesForTheFutureAlone()
    {
        _silo.StoreTime.SetUtcNow(_month.End.AddHours(2));
        await Statement(_month).CloseAsync();
        var catalog = _silo.Grains.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key);
        var card = (await catalog.FindAsync(IRateCardCatalogGrain.Standard))!;
        var dearer = card.Versions[^1] with { EffectiveFrom = DateOnly.FromDateTime(_month.Start.UtcDateTime), MonthlyMinimum = 10 };

        Assert.Contains("later", Assert.Single(await catalog.PutAsync(card with { Versions = [.. card.Versions, dearer] })), StringComparison.Ordinal);

        var next = dearer with { EffectiveFrom = DateOnly.FromDateTime(_month.End.UtcDateTime) };
        Assert.Empty(await catalog.PutAsync(card with { Versions = [.. card.Versions, next] }));
        _silo.StoreTime.SetUtcNow(_month.Next.End.AddHours(2));
        Assert.Equal(10m, (await Statement(_month.Next).CloseAsync()).Statement!.Total);
    }

    [Fact]
    public async Task Plan_ChangedWithinTheMonth_PartsTheStatement()
    {
        var plans = _silo.Grains.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key);
        var clinic = (await plans.FindAsync("clinic"))!;
        Assert.Empty(await plans.PutAsync(clinic with { RateCard = "dear" }));

        // The new plan names a card that there is not: nothing is billed by guess.
        await _silo.Grains.GetGrain<ITenantManagementGrain>("north").ChangePlanAsync("clinic");
        var missing = await Statement(_month).ShowAsync();
        Assert.Equal(StatementReplyStatus.Unpriceable, missing.Status);
        Assert.Contains("clinic", missing.Detail, StringComparison.Ordinal);

        var catalog = _silo.Grains.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key);
        Assert.Empty(await catalog.PutAsync((await catalog.FindAsync(IRateCardCatalogGrain.Standard))! with { Id = "dear", Name = "Dear" }));
        var statement = (await Statement(_month).ShowAsync()).Statement!;
        Assert.Equal(["hospital", "clinic"], statement.Periods.Select(period => period.Plan));
    }

    private IStatementGrain Statement(BillingMonth month) => _silo.Grains.GetGrain<IStatementGrain>(StatementKey.Of(s_north, month));

    private async Task UseAsync(long sequence, long reads)
    {
        var outcomes = await _silo.Store.ApplyUsageAsync(
            [new UsageBatch { Tenant = s_north, Source = Guid.Parse("0199aaaa-0000-7000-8000-000000000001"), Sequence = sequence, Quantities = [new UsageQuantity(MeterNames.ApiRead, reads)] }], default);
        Assert.Equal([UsageBatchOutcome.Applied], outcomes);
    }
}
