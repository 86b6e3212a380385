using MedOrleans.Gateway.Admin;
using MedOrleans.Gateway.Console;
using MedOrleans.Tenants;

namespace MedOrleans.Tests.Gateway.Console;

public sealed class ConsoleAlertsTests
{
    [Fact]
    public void Of_ACalmCluster_IsNothing() => Assert.Empty(ConsoleAlerts.Of([Silo("Active")], Cluster(use: 79), [Hospital(TenantStatus.Active)]));

    [Theory]
    [InlineData(80, AlertLevel.Warning)]
    [InlineData(95, AlertLevel.Critical)]
    public void Of_APoolThatIsNearlyUsedUp_SaysHowSoon(double use, AlertLevel level)
    {
        var alert = Assert.Single(ConsoleAlerts.Of([Silo("Active")], Cluster(use), []));

        Assert.Equal((level, $"Compute: {use} % of the cluster's capacity is in use."), (alert.Level, alert.Text));
    }

    [Fact]
    public void Of_SilosAndHospitals_TellsTheMostUrgentFirst()
    {
        var full = new TenantPoolsView("north", "clinic", [new TenantPoolView("network.bytes", "bytes/s", 1, 100, 96, 4)]);
        var alerts = ConsoleAlerts.Of([Silo("ShuttingDown")], Cluster(0, full), [Hospital(TenantStatus.Suspended), Hospital(TenantStatus.Closed)]);

        Assert.Equal(
            [
                "No silo is active.", "north uses 96 % of its burst limit of network bytes.", "Silo 127.0.0.1:1 is shutting down.",
                "North is suspended: it can be read, not written.", "North is closed.",
            ],
            alerts.Select(alert => alert.Text));
    }

    private static SiloView Silo(string status) => new("127.0.0.1:1", status, null);

    private static ClusterPoolsView Cluster(double use, params TenantPoolsView[] hospitals) =>
        new(1, 1, [new ClusterPoolView("compute", "grain milliseconds/s", 100, 1000, use, 100 - use), new ClusterPoolView("storage", "bytes", null, 1, 1, null)], [], hospitals);

    private static TenantView Hospital(TenantStatus status) => new("north", "North", status, "community", "main", default, "hospital");
}
