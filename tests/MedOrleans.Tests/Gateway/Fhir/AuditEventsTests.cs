using System.Text.Json;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Tests.Gateway.Fhir;

public class AuditEventsTests
{
    private static readonly DateTimeOffset s_at = new(2026, 1, 31, 8, 0, 0, 250, TimeSpan.Zero);

    [Theory]
    [InlineData("AuditEvent", "w-12", true)]
    [InlineData("AuditEvent", "w-", false)]
    [InlineData("AuditEvent", "w-1x", false)]
    [InlineData("Patient", "w-12", false)]
    public void TryReadId_IdOfTheTrail_IsRecognised(string type, string id, bool isOne) =>
        Assert.Equal(isOne, AuditEvents.TryReadId(type, id, out _));

    [Theory]
    [InlineData(WriteKind.Create, "C", "create")]
    [InlineData(WriteKind.Update, "U", "update")]
    [InlineData(WriteKind.Delete, "D", "delete")]
    public void Of_Row_IsAnAuditEvent(WriteKind kind, string action, string subtype)
    {
        var stored = AuditEventJson.Of(
            new AuditRow(7, "Patient", "p1", 3, kind, s_at, new Caller("ward", "10.0.0.1", "r-1", "treatment"), Guid.NewGuid()),
            "http://host/fhir/north");

        using var json = JsonDocument.Parse(stored.Body);
        var audit = json.RootElement;
        Assert.Equal("w-7", audit.GetProperty("id").GetString());
        Assert.Equal(action, audit.GetProperty("action").GetString());
        Assert.Equal(subtype, audit.GetProperty("subtype")[0].GetProperty("code").GetString());
        Assert.Equal("2026-01-31T08:00:00.250Z", audit.GetProperty("recorded").GetString());
        Assert.Equal("ward", audit.GetProperty("agent")[0].GetProperty("name").GetString());
        Assert.Equal("10.0.0.1", audit.GetProperty("agent")[0].GetProperty("network").GetProperty("address").GetString());
        Assert.Equal("treatment", audit.GetProperty("purposeOfEvent")[0].GetProperty("text").GetString());
        Assert.Equal("Patient/p1/_history/3", audit.GetProperty("entity")[0].GetProperty("what").GetProperty("reference").GetString());
    }
}
