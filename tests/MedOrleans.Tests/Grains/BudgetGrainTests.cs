using MedOrleans.Metering;
using MedOrleans.Metering.Rating;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Grains;

/// <summary>Budgets, and the clerk that looks at them and closes months.</summary>
public sealed class BudgetGrainTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private readonly BillingMonth _month = BillingMonth.Of(TimeProvider.System.GetUtcNow());
    private TestSilo _silo = null!;

    public async Task InitializeAsync()
    {
        _silo = await TestSilo.StartAsync();
        var created = await Tenant.CreateAsync(new CreateTenant { Name = "North Hospital" });
        Assert.Equal(TenantReplyStatus.Done, created.Status);
    }

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    private ITenantManagementGrain Tenant => _silo.Grains.GetGrain<ITenantManagementGrain>("north");

    private IBudgetGrain Budget => _silo.Grains.GetGrain<IBudgetGrain>("north");

    private IBillingClerkGrain Clerk => _silo.Grains.GetGrain<IBillingClerkGrain>(IBillingClerkGrain.Key);

    [Fact]
    public async Task Check_WhereThresholdsArePassed_RaisesEachOnce()
    {
        var amount = await SpendAsync(1, 5_000_000);
        Assert.Empty(await Budget.PutAsync(new Budget { MonthlyAmount = amount, Thresholds = [40, 90, 120] }));
        await Budget.CheckAsync();
        Assert.Equal([90, 40], (await Budget.ShowAsync())!.Alerts.Select(alert => alert.Threshold));

        await SpendAsync(2, 5_000_000);
        await Clerk.WatchAsync(s_north, hasBudget: true);
        await Clerk.WorkAsync();
        Assert.Equal([120, 90, 40], (await Budget.ShowAsync())!.Alerts.Select(alert => alert.Threshold));
        Assert.Equal(120, (await Clerk.ReachedAsync())["north"].Threshold);

        // A higher budget makes the alert of before untrue, and none leaves nothing to tell.
        await Budget.PutAsync(new Budget { MonthlyAmount = 100 * amount });
        await Clerk.WorkAsync();
        Assert.Empty(await Clerk.ReachedAsync());
        Assert.Equal(TenantStatus.Active, (await Tenant.ShowAsync())!.Status);
    }

    [Fact]
    public async Task HardCap_WhereTheAmountIsSpent_StopsWritesUntilItIsRaised()
    {
        var amount = await SpendAsync(1, 5_000_000);
        await Budget.PutAsync(new Budget { MonthlyAmount = amount, HardCap = true });
        Assert.Equal((TenantStatus.Suspended, true), ((await Tenant.ShowAsync())!.Status, (await Budget.ShowAsync())!.IsCapped));

        await Budget.PutAsync(new Budget { MonthlyAmount = amount + 1, HardCap = true });
        Assert.Equal((TenantStatus.Active, false), ((await Tenant.ShowAsync())!.Status, (await Budget.ShowAsync())!.IsCapped));
    }

    [Fact]
    public async Task HardCap_InTheNextMonth_LetsTheHospitalWriteAgain()
    {
        await Budget.PutAsync(new Budget { MonthlyAmount = await SpendAsync(1, 50_000_000), HardCap = true });
        Assert.Equal(TenantStatus.Suspended, (await Tenant.ShowAsync())!.Status);

        _silo.StoreTime.SetUtcNow(_month.End.AddHours(1));
        await Budget.CheckAsync();
        Assert.Equal(TenantStatus.Active, (await Tenant.ShowAsync())!.Status);
    }

    [Fact]
    public async Task HardCap_ThatTheOperatorResumed_DoesNotStopTheHospitalAgain()
    {
        await Budget.PutAsync(new Budget { MonthlyAmount = await SpendAsync(1, 5_000_000), HardCap = true });
        await Tenant.ResumeAsync();
        await SpendAsync(2, 1_000_000);
        await Budget.CheckAsync();
        Assert.Equal(TenantStatus.Active, (await Tenant.ShowAsync())!.Status);
    }

    [Fact]
    public async Task HardCap_OnceLifted_LeavesASuspensionOfTheOperatorsAlone()
    {
        await Budget.PutAsync(new Budget { MonthlyAmount = await SpendAsync(1, 5_000_000), HardCap = true });
        await Tenant.SuspendAsync();
        await Budget.RemoveAsync();
        Assert.Equal(TenantStatus.Suspended, (await Tenant.ShowAsync())!.Status);
    }

    [Fact]
    public async Task HardCap_OfAHospitalThatIsClosedMeanwhile_IsGoneWhenItReopensInTheNextMonth()
    {
        await Budget.PutAsync(new Budget { MonthlyAmount = await SpendAsync(1, 50_000_000), HardCap = true });
        await Tenant.CloseAsync();
        _silo.StoreTime.SetUtcNow(_month.End.AddHours(1));
        await Budget.CheckAsync();
        Assert.Equal(TenantStatus.Closed, (await Tenant.ShowAsync())!.Status);

        await Tenant.ReopenAsync();
        Assert.Equal(TenantStatus.Active, (await Tenant.ShowAsync())!.Status);
    }

    [Theory]
    [InlineData(0, new[] { 50 }, "monthlyAmount")]
    [InlineData(10.001, new[] { 50 }, "monthlyAmount")]
    [InlineData(10, new[] { 80, 50 }, "thresholds")]
    [InlineData(10, new[] { 0 }, "thresholds")]
    public void Mistakes_InABudget_NameTheMember(double amount, int[] thresholds, string member) =>
        Assert.StartsWith($"{member}:", Assert.Single(BudgetRules.Mistakes(new Budget { MonthlyAmount = (decimal)amount, Thresholds = thresholds })), StringComparison.Ordinal);

    [Fact]
    public async Task Clerk_OnceMonthsAreLongEnoughOver_ClosesThemInOrder()
    {
        _silo.StoreTime.SetUtcNow(_month.Next.End.AddDays(1));
        await Clerk.WorkAsync();
        Assert.NotNull(await Statement(_month).HeadAsync());
        Assert.Null(await Statement(_month.Next).HeadAsync());

        _silo.StoreTime.SetUtcNow(_month.Next.End.AddDays(2));
        await Clerk.WorkAsync();
        Assert.NotNull(await Statement(_month.Next).HeadAsync());
        Assert.Null(await Statement(_month.Next.Next).HeadAsync());
    }

    [Fact]
    public async Task Clerk_AfterMonthsWithoutOne_ClosesAllThatAreOpen()
    {
        _silo.StoreTime.SetUtcNow(_month.Next.Next.End.AddDays(2));
        await Clerk.WorkAsync();
        Assert.NotNull(await Statement(_month).HeadAsync());
        Assert.NotNull(await Statement(_month.Next).HeadAsync());
        Assert.NotNull(await Statement(_month.Next.Next).HeadAsync());
    }

    private IStatementGrain Statement(BillingMonth month) => _silo.Grains.GetGrain<IStatementGrain>(StatementKey.Of(s_north, month));

    /// <summary>Meters reads, and gives what the month costs then.</summary>
    private async Task<decimal> SpendAsync(long sequence, long reads)
    {
        await _silo.Store.ApplyUsageAsync([new UsageBatch { Tenant = s_north, Source = new Guid(1, 2, 3, new byte[8]), Sequence = sequence, Quantities = [new UsageQuantity(MeterNames.ApiRead, reads)] }], CancellationToken.None);
        return (await Statement(_month).ShowAsync()).Statement!.Total;
    }
}
