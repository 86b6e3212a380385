using MedOrleans.Gateway.Admin;
using MedOrleans.Gateway.Console;
using MedOrleans.Rating;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Gateway.Console;

public sealed class ConsoleAlertsTests
{
    private static readonly Dictionary<string, BudgetAlert> s_noBudgets = [];

    [Fact]
    public void Of_ACalmCluster_IsNothing() => Assert.Empty(ConsoleAlerts.Of([Silo("Active")], Cluster(use: 79), [Hospital(TenantStatus.Active)], s_noBudgets));

    [Theory]
    [InlineData(80, AlertLevel.Warning)]
    [InlineData(95, AlertLevel.Critical)]
    public void Of_APoolThatIsNearlyUsedUp_SaysHowSoon(double use, AlertLevel level)
    {
        var alert = Assert.Single(ConsoleAlerts.Of([Silo("Active")], Cluster(use), [], s_noBudgets));

        Assert.Equal((level, $"Compute: {use} % of the cluster's capacity is in use."), (alert.Level, alert.Text));
    }

    [Fact]
    public void Of_SilosAndHospitals_TellsTheMostUrgentFirst()
    {
        var full = new TenantPoolsView("north", "clinic", [new TenantPoolView("network.bytes", "bytes/s", 1, 100, 96, 4)]);
        var alerts = ConsoleAlerts.Of([Silo("ShuttingDown")], Cluster(0, full), [Hospital(TenantStatus.Suspended), Hospital(TenantStatus.Closed)], s_noBudgets);

        Assert.Equal(
            [
                "No silo is active.", "north uses 96 % of its burst limit of network bytes.", "Silo 127.0.0.1:1 is shutting down.",
                "North is suspended: it can be read, not written.", "North is closed.",
            ],
            alerts.Select(alert => alert.Text));
    }

    [Theory]
    [InlineData(80, AlertLevel.Notice)]
    [InlineData(100, AlertLevel.Warning)]
    public void Of_BudgetsThatReachedAThreshold_NamesHospitalAndPercentage(int threshold, AlertLevel level)
    {
        var alert = Assert.Single(ConsoleAlerts.Of([Silo("Active")], Cluster(0), [], new Dictionary<string, BudgetAlert> { ["north"] = new("2026-11", threshold, default, 80, 100) }));

        Assert.Equal((level, $"north has spent {threshold} % of its budget for 2026-11.", "north"), (alert.Level, alert.Text, alert.Tenant));
    }

    [Fact]
    public void Of_ABudgetThatWasRaised_ForgetsTheAlertsThatAreUntrueNow()
    {
        BudgetAlert[] raised = [new("2026-11", 100, default, 100, 100), new("2026-11", 50, default, 50, 100), new("2026-10", 100, default, 100, 100)];
        var standing = new BudgetStanding("north", "2026-11", "EUR", 100, new Budget { MonthlyAmount = 180 }, IsCapped: false, raised);

        Assert.Equal(["north has spent 50 % of its budget for 2026-11."], ConsoleAlerts.Of(standing).Select(alert => alert.Text));
        Assert.Empty(ConsoleAlerts.Of(standing with { Budget = new Budget { MonthlyAmount = 1000 } }));
        Assert.Equal(AlertLevel.Critical, Assert.Single(ConsoleAlerts.Of(standing with { IsCapped = true })).Level);
    }

    private static SiloView Silo(string status) => new("127.0.0.1:1", status, null);

    private static ClusterPoolsView Cluster(double use, params TenantPoolsView[] hospitals) =>
        new(1, 1, [new ClusterPoolView("compute", "grain milliseconds/s", 100, 1000, use, 100 - use), new ClusterPoolView("storage", "bytes", null, 1, 1, null)], [], hospitals);

    private static TenantView Hospital(TenantStatus status) => new("north", "North", status, "community", "main", default, "hospital");
}
