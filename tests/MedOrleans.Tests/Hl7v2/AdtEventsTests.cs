using System.Text.Json.Nodes;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Gateway.Hl7.Outbound;

namespace MedOrleans.Tests.Hl7v2;

/// <summary>Which event a change is, and the message that tells of it.</summary>
public sealed class AdtEventsTests
{
    [Theory]
    [InlineData(null, "planned IMP", "A05")]
    [InlineData(null, "in-progress IMP b1", "A01")]
    [InlineData(null, "arrived EMER", "A04")]
    [InlineData("planned IMP", "in-progress IMP b1", "A01")]
    [InlineData("planned AMB", "in-progress AMB", "A04")]
    [InlineData("planned IMP", "cancelled IMP", "A11")]
    [InlineData("planned IMP", "planned AMB", "A08")]
    [InlineData("in-progress IMP b1", "in-progress IMP b1 b2", "A02")]
    [InlineData("in-progress IMP b1 b2", "in-progress IMP b1", "A12")]
    [InlineData("in-progress IMP b1 b2", "in-progress IMP b1 b2 b1", "A02")]
    [InlineData("in-progress AMB", "in-progress IMP b1", "A06")]
    [InlineData("in-progress IMP b1", "in-progress AMB b1", "A07")]
    [InlineData("in-progress IMP b1", "finished IMP b1", "A03")]
    [InlineData("onleave IMP b1", "finished IMP b1", "A03")]
    [InlineData("finished IMP b1", "in-progress IMP b1", "A13")]
    [InlineData("in-progress IMP b1", "cancelled IMP b1", "A11")]
    [InlineData("in-progress IMP b1", "onleave IMP b1", "A21")]
    [InlineData("onleave IMP b1", "in-progress IMP b1", "A22")]
    [InlineData("arrived EMER", "in-progress EMER", "A08")]
    [InlineData("in-progress IMP b1", "in-progress IMP b1", null)]
    [InlineData(null, "finished IMP", null)]
    [InlineData("finished IMP", "finished AMB", null)]
    [InlineData("cancelled IMP", "entered-in-error IMP", null)]
    public void Event_OfAnEncountersChange_FollowsFromWhatItWasAndIs(string? before, string after, string? expected) =>
        Assert.Equal(expected, AdtEvents.Of("Encounter", before is null ? null : Encounter(before), Encounter(after)));

    [Fact]
    public void Event_OfAPatientsChange_IsNewChangedOrMerged()
    {
        var patient = Parse("""{"resourceType":"Patient","id":"p"}""");
        var named = Parse("""{"resourceType":"Patient","id":"p","name":[{"family":"Berg"}]}""");
        var merged = Parse("""{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"Patient/q"},"type":"replaced-by"}]}""");

        Assert.Equal(
            ["A28", "A31", "A40", null, "A31", null],
            new[] { (null, patient), (patient, named), (named, merged), (merged, merged), (merged, patient), (named, null) }.Select(change => AdtEvents.Of("Patient", change.Item1, change.Item2)));
    }

    [Fact]
    public void Event_OnlyTheMetaChanged_IsNone()
    {
        Assert.Null(AdtEvents.Of("Patient", Parse("""{"id":"p","meta":{"versionId":"1"}}"""), Parse("""{"id":"p","meta":{"versionId":"2"}}""")));
    }

    [Fact]
    public void Message_OfATransfer_SaysWhoFromWhereAndWhereTo()
    {
        var options = new Hl7SubscriberOptions { Name = "lab", Tenant = "north", ReceivingApplication = "LAB", TimeZone = "Europe/Vienna" };
        options.Authorities["MRN"] = "https://north.example/mrn";
        var content = new AdtContent("A02", "42", new DateTimeOffset(2026, 7, 1, 10, 0, 0, TimeSpan.Zero), Parse("""
            {"id":"p","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"https://north.example/mrn","value":"1|2"},{"system":"urn:oid:1.2.3","value":"9"}],
             "name":[{"use":"official","family":"O'Hara & Berg","given":["Ada","Mia"]}],"gender":"female","birthDate":"1961-06-15",
             "telecom":[{"system":"phone","value":"+43 1 2","use":"home"},{"system":"email","value":"a@b.example"}],"address":[{"use":"home","line":["Ring 1"],"city":"Wien","postalCode":"1010","country":"AT"}]}
            """))
        {
            Encounter = Parse("""
                {"id":"e","status":"in-progress","class":{"code":"IMP"},"identifier":[{"system":"urn:medorleans:hl7v2:authority:VISITS","value":"V7"}],"period":{"start":"2026-07-01T08:00:00Z"},
                 "location":[{"location":{"reference":"Location/b1"}},{"location":{"reference":"Location/b2"},"period":{"start":"2026-07-01T09:30:00Z"}}],
                 "participant":[{"type":[{"coding":[{"code":"ATND"}]}],"individual":{"identifier":{"value":"77"},"display":"Quist"}}]}
                """),
            Places = new Dictionary<string, string[]> { ["Location/b1"] = ["3W", "12", "1"], ["Location/b2"] = ["4E", "", "2"] },
        };

        var message = Hl7Message.Parse(new AdtMessage(options).Write(content));

        Assert.Equal(("ADT", "A02", "42", "2.5.1", "LAB", "north"), (message.Type, message.Event, message.ControlId, message.Version, message.Header.Text(5), message.Header.Text(4)));
        Assert.Equal("20260701120000+0200", message.Header.Text(7));
        Assert.Equal("20260701113000+0200", message.Require("EVN").Text(6));
        var pid = message.Require("PID");
        Assert.Equal("1\\F\\2^^^MRN^MR~9^^^&1.2.3&ISO", pid.Field(3).Raw);
        Assert.Equal(("1|2", "O'Hara & Berg", "Ada", "19610615", "F"), (pid.Text(3), pid.Text(5), pid.Text(5, 2), pid.Text(7), pid.Text(8)));
        Assert.Equal("Ring 1^^Wien^^1010^AT^H", pid.Field(11).Raw);
        Assert.Equal("+43 1 2^PRN^PH~^NET^Internet^a@b.example", pid.Field(13).Raw);
        var pv1 = message.Require("PV1");
        Assert.Equal(("I", "4E^^2", "3W^12^1", "77^Quist", "V7^^^VISITS"), (pv1.Text(2), pv1.Field(3).Raw, pv1.Field(6).Raw, pv1.Field(7).Raw, pv1.Field(19).Raw));
        Assert.Equal("20260701100000+0200", pv1.Text(44));
    }

    [Fact]
    public void Message_OfAMerge_NamesBothPatients()
    {
        var content = new AdtContent("A40", "7", DateTimeOffset.UnixEpoch, Parse("""{"id":"q","identifier":[{"system":"urn:oid:1.2","value":"2"},{"use":"old","system":"urn:oid:1.2","value":"1"}]}"""))
        {
            Merged = Parse("""{"id":"p","identifier":[{"system":"urn:oid:1.2","value":"1"}]}"""),
        };

        var message = Hl7Message.Parse(new AdtMessage(new Hl7SubscriberOptions { Tenant = "north" }).Write(content));

        Assert.Equal(("ADT_A39", "2^^^&1.2&ISO", "1^^^&1.2&ISO"), (message.Header.Text(9, 3), message.Require("PID").Field(3).Raw, message.Require("MRG").Field(1).Raw));
        Assert.Null(message.Find("PV1"));
    }

    private static JsonObject Encounter(string text)
    {
        var parts = text.Split(' ');
        return new JsonObject
        {
            ["status"] = parts[0],
            ["class"] = new JsonObject { ["code"] = parts[1] },
            ["location"] = new JsonArray([.. parts.Skip(2).Select(place => new JsonObject { ["location"] = new JsonObject { ["reference"] = $"Location/{place}" } })]),
        };
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
