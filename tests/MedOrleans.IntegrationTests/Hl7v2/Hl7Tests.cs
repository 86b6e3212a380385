using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.IntegrationTests.Wards;
using static MedOrleans.IntegrationTests.Hl7v2.Hl7World;

namespace MedOrleans.IntegrationTests.Hl7v2;

/// <summary>A host on PostgreSQL with a listener, and two hospitals.</summary>
public sealed class Hl7Fixture : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();

    internal HostProcess Host { get; private set; } = null!;

    internal TenantAccess North { get; private set; } = null!;

    internal TenantAccess South { get; private set; } = null!;

    internal Hl7World World { get; private set; } = null!;

    internal int Port { get; } = FreePort();

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        Host = await HostProcess.StartAsync(await _postgres.NewDatabaseAsync(), settings: Settings(Port));
        North = await Host.CreateTenantAsync("north");
        South = await Host.CreateTenantAsync("south");
        World = new Hl7World(North.Client, "north", Port);
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        North.Dispose();
        South.Dispose();
        await _postgres.DisposeAsync();
    }
}

/// <summary>HL7 v2 messages over MLLP.</summary>
public sealed class Hl7Tests(Hl7Fixture fixture) : IClassFixture<Hl7Fixture>
{
    private readonly Hl7World _world = fixture.World;

    [Fact]
    public async Task Visit_FromAdmissionToDischarge_IsAnEncounterInItsBeds()
    {
        await _world.TakeAsync(Adt("A01", "v1", "100", "V100", "3W^12^1"));
        var encounter = await _world.VisitAsync("V100");
        var patient = await _world.OneAsync("Patient?identifier=https://north.example/mrn|100");
        Assert.Equal(("in-progress", "IMP", $"Patient/{patient.GetProperty("id").GetString()}"),
            (encounter.GetProperty("status").GetString(), encounter.GetProperty("class").GetProperty("code").GetString(), encounter.GetProperty("subject").GetProperty("reference").GetString()));
        Assert.Equal(("Berg", "female", "1961-06-15"), (patient.GetProperty("name")[0].GetProperty("family").GetString(), patient.GetProperty("gender").GetString(), patient.GetProperty("birthDate").GetString()));
        var first = await _world.OneAsync("Location?identifier=urn:medorleans:hl7v2:location|3W\\|12\\|1");
        Assert.Equal($"Encounter/{encounter.GetProperty("id").GetString()}", WardWorld.OccupantOf(first));

        var (code, reason, _) = await _world.SendAsync(Adt("A01", "v2", "101", "V101", "3W^12^1", "Dahl"));
        Assert.Equal("AE", code);
        Assert.Contains("207 $admit:", reason, StringComparison.Ordinal);
        Assert.Empty(await _world.FindAsync("Encounter?identifier=V101"));

        await _world.TakeAsync(Adt("A02", "v3", "100", "V100", "3W^12^2"));
        await _world.TakeAsync(Adt("A21", "v4", "100", "V100"));
        Assert.Equal("onleave", (await _world.VisitAsync("V100")).GetProperty("status").GetString());
        await _world.TakeAsync(Adt("A22", "v5", "100", "V100"));
        await _world.TakeAsync(Adt("A12", "v6", "100", "V100"));
        Assert.EndsWith(first.GetProperty("id").GetString()!, (await _world.VisitAsync("V100")).GetProperty("location").EnumerateArray().Last().GetProperty("location").GetProperty("reference").GetString(), StringComparison.Ordinal);
        await _world.TakeAsync(Adt("A03", "v7", "100", "V100"));
        await _world.TakeAsync(Adt("A13", "v8", "100", "V100"));
        await _world.TakeAsync(Adt("A03", "v9", "100", "V100"));
        Assert.Equal("finished", (await _world.VisitAsync("V100")).GetProperty("status").GetString());

        // The bed waits for housekeeping; the hospital's own system knows better.
        await _world.TakeAsync(Adt("A01", "v10", "101", "V101", "3W^12^1", "Dahl"));
        var ward = (await _world.OneAsync("Location?identifier=urn:medorleans:hl7v2:location|3W")).GetProperty("id").GetString()!;
        var census = await new WardWorld(fixture.North.Client, "north").CensusAsync(ward);
        Assert.Equal([$"Encounter/{(await _world.VisitAsync("V101")).GetProperty("id").GetString()}"], census.Values.OfType<string>());
    }

    [Fact]
    public async Task Visit_PlannedChangedAndCancelled_FollowsItsMessages()
    {
        await _world.TakeAsync(Adt("A05", "p1", "110", "V110"));
        Assert.Equal("planned", (await _world.VisitAsync("V110")).GetProperty("status").GetString());
        await _world.TakeAsync(Adt("A11", "p2", "110", "V110"));
        Assert.Equal("cancelled", (await _world.VisitAsync("V110")).GetProperty("status").GetString());
        await _world.TakeAsync(Adt("A04", "p3", "110", "V111", encounterClass: "O"));
        await _world.TakeAsync(Adt("A06", "p4", "110", "V111", "4E^1^1"));
        Assert.Equal("IMP", (await _world.VisitAsync("V111")).GetProperty("class").GetProperty("code").GetString());
        await _world.TakeAsync(Adt("A07", "p5", "110", "V111", "4E^1^1", encounterClass: "O"));
        Assert.Equal("AMB", (await _world.VisitAsync("V111")).GetProperty("class").GetProperty("code").GetString());
        await _world.TakeAsync(Adt("A08", "p6", "110", "V111", family: "Berg-Dahl"));
        await _world.TakeAsync(Adt("A11", "p7", "110", "V111", family: "Berg-Dahl"));
        Assert.Equal("cancelled", (await _world.VisitAsync("V111")).GetProperty("status").GetString());
        Assert.Equal("Berg-Dahl", (await _world.OneAsync("Patient?identifier=110")).GetProperty("name")[0].GetProperty("family").GetString());
    }

    [Fact]
    public async Task Patient_RegisteredAndRenumbered_IsTheSameOne()
    {
        await _world.TakeAsync(Header("ADT^A28", "r1") + "EVN|A28\rPID|1||120^^^MRN^MR||Falk^Nils||1970|M|||Main St 1^^Linz\r");
        var id = (await _world.OneAsync("Patient?identifier=120")).GetProperty("id").GetString();
        await _world.TakeAsync(Header("ADT^A31", "r2") + "EVN|A31\rPID|1||120^^^MRN^MR||Falk^Nils^O||1970|M|||\"\"\r");
        var patient = await _world.OneAsync("Patient?identifier=120");
        Assert.Equal(2, patient.GetProperty("name")[0].GetProperty("given").GetArrayLength());
        Assert.False(patient.TryGetProperty("address", out _));
        await _world.TakeAsync(Header("ADT^A47", "r3") + "EVN|A47\rPID|1||121^^^MRN^MR||Falk^Nils\rMRG|120^^^MRN^MR\r");
        Assert.Equal(id, (await _world.OneAsync("Patient?identifier=121")).GetProperty("id").GetString());
        Assert.Equal("old", (await _world.OneAsync("Patient?identifier=120")).GetProperty("identifier")[0].GetProperty("use").GetString());
    }

    [Theory]
    [InlineData("A40", "2.5.1")]
    [InlineData("A34", "2.3")]
    public async Task Patients_ThatAreOne_AreMergedByAMessage(string trigger, string version)
    {
        var (kept, given, visit) = ($"k-{trigger}", $"g-{trigger}", $"V-{trigger}");
        await _world.TakeAsync(Adt("A28", $"m1-{trigger}", kept, ""));
        await _world.TakeAsync(Adt("A01", $"m2-{trigger}", given, visit));
        var merge = Header($"ADT^{trigger}", $"m3-{trigger}", version: version) + $"EVN|{trigger}|20260101120000\rPID|1||{kept}^^^MRN||Berg^Anna\rMRG|{given}^^^MRN\r";
        await _world.TakeAsync(merge);
        var patients = await _world.FindAsync($"Patient?identifier={given}");
        Assert.Equal(["replaced-by", "replaces"], patients.Select(patient => patient.GetProperty("link")[0].GetProperty("type").GetString()).Order());
        var stays = (await _world.OneAsync($"Patient?identifier={kept}")).GetProperty("id").GetString();
        Assert.Equal($"Patient/{stays}", (await _world.VisitAsync(visit)).GetProperty("subject").GetProperty("reference").GetString());

        // Sent again, also under another control id, it has no second effect; who still uses the old number means the one that stays.
        await _world.TakeAsync(merge);
        await _world.TakeAsync(merge.Replace($"m3-{trigger}", $"m4-{trigger}", StringComparison.Ordinal));
        await _world.TakeAsync(Adt("A03", $"m5-{trigger}", given, visit));
        Assert.Equal(("finished", $"Patient/{stays}"), ((await _world.VisitAsync(visit)).GetProperty("status").GetString(), (await _world.VisitAsync(visit)).GetProperty("subject").GetProperty("reference").GetString()));
        var (code, _, answer) = await _world.SendAsync(merge.Replace($"m3-{trigger}", $"m6-{trigger}", StringComparison.Ordinal).Replace($"{given}^", "nobody^", StringComparison.Ordinal));
        Assert.Equal("AE", code);
        Assert.Contains("There is no patient of this number", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admission_WithItsPatientBedAndMessage_IsOneCommitOrNone()
    {
        await _world.TakeAsync(Adt("A01", "one-0", "700", "V700", "9N^1^1"));
        await _world.TakeAsync(Adt("A03", "one-1", "700", "V700"));

        // The place is known from here on; the bed waits for housekeeping, and is made ready on the way.
        await _world.TakeAsync(Adt("A01", "one-2", "701", "V701", "9N^1^1"));
        var encounter = await _world.VisitAsync("V701");
        JsonElement[] made = [encounter, await _world.OneAsync("Patient?identifier=701"), await _world.OneAsync("Location?identifier=urn:medorleans:hl7v2:location|9N\\|1\\|1"), await _world.OneAsync("Task?identifier=HIS\\|NORTH\\|one-2")];
        Assert.Single(made.Select(resource => resource.GetProperty("meta").GetProperty("lastUpdated").GetString()).Distinct());
        Assert.Equal(1, (int)encounter.GetProperty("meta").GetProperty("versionId").GetString()![0] - '0');

        // The bed is taken: neither patient nor encounter is left of the message, which is kept with its reason.
        var (code, reason, _) = await _world.SendAsync(Adt("A01", "one-3", "702", "V702", "9N^1^1"));
        Assert.Equal("AE", code);
        Assert.Contains("is occupied", reason, StringComparison.Ordinal);
        Assert.Empty(await _world.FindAsync("Patient?identifier=702"));
        Assert.Empty(await _world.FindAsync("Encounter?identifier=V702"));
        Assert.Equal("failed", (await _world.OneAsync("Task?identifier=HIS\\|NORTH\\|one-3")).GetProperty("status").GetString());

        // Other content under a number that is taken changes nothing.
        (code, reason, _) = await _world.SendAsync(Adt("A01", "one-2", "703", "V703"));
        Assert.Equal("AE", code);
        Assert.Contains("Another message of this control id", reason, StringComparison.Ordinal);
        Assert.Empty(await _world.FindAsync("Patient?identifier=703"));
    }

    [Fact]
    public async Task Message_SentAgain_IsAnsweredAsTheFirstTimeAndHasNoSecondEffect()
    {
        var message = Adt("A01", "again", "130", "V130", "5N^1^1");
        var (code, _, answer) = await _world.SendAsync(message);
        var before = (await _world.VisitAsync("V130")).GetProperty("meta").GetProperty("versionId").GetString();

        Assert.Equal(("AA", answer), (code, (await _world.SendAsync(message)).Answer));
        Assert.Equal(before, (await _world.VisitAsync("V130")).GetProperty("meta").GetProperty("versionId").GetString());
        Assert.Equal("1", (await _world.OneAsync("Task?identifier=HIS\\|NORTH\\|again")).GetProperty("meta").GetProperty("versionId").GetString());

        var (other, reason, _) = await _world.SendAsync(Adt("A01", "again", "131", "V131"));
        Assert.Equal("AE", other);
        Assert.StartsWith("MSH^1^10^1 205", reason, StringComparison.Ordinal);
        Assert.Empty(await _world.FindAsync("Patient?identifier=131"));

        // A day later the number is another message's.
        await _world.TakeAsync(Adt("A28", "again", "132", "").Replace("20261120081500", "20261122081500", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_ThatCannotBeTaken_IsListedCorrectedAndReplayed()
    {
        var (code, reason, _) = await _world.SendAsync(Adt("A02", "lost", "140", "V140", "6S^1^1"));
        Assert.Equal("AE", code);
        Assert.StartsWith("PV1^1^19^1 204", reason, StringComparison.Ordinal);
        var file = Path.Combine(fixture.Host.DataFolder, "north.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { clientId = fixture.North.ClientId, clientSecret = fixture.North.ClientSecret, server = $"http://{fixture.Host.Http}" }));
        var task = (await _world.OneAsync("Task?identifier=HIS\\|NORTH\\|lost&status=failed")).GetProperty("id").GetString()!;
        var (listed, list, _) = await HostProcess.CommandAsync(["hl7", "list", "--tenant", "north", "--failed", "--json", "--credentials", file]);
        Assert.Equal(0, listed);
        Assert.Contains(task, list, StringComparison.Ordinal);
        var (shown, text, _) = await HostProcess.CommandAsync(["hl7", "show", task, "--tenant", "north", "--credentials", file]);
        Assert.Equal(0, shown);
        Assert.StartsWith("MSH|^~\\&|HIS|NORTH", text, StringComparison.Ordinal);

        var (still, _, _) = await HostProcess.CommandAsync(["hl7", "replay", task, "--tenant", "north", "--credentials", file]);
        Assert.Equal(1, still);
        var corrected = Path.Combine(fixture.Host.DataFolder, "corrected.hl7");
        await File.WriteAllTextAsync(corrected, text.Replace("A02", "A01", StringComparison.Ordinal));
        var (replayed, said, error) = await HostProcess.CommandAsync(["hl7", "replay", task, "--tenant", "north", "--file", corrected, "--credentials", file]);
        Assert.True(replayed == 0, said + error);
        Assert.Equal("in-progress", (await _world.VisitAsync("V140")).GetProperty("status").GetString());
        Assert.Equal("completed", (await _world.OneAsync("Task?identifier=HIS\\|NORTH\\|lost")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Sender_ThatClosesItsDirectionOnceItHasSent_IsAnswered()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", fixture.Port);
        await socket.SendAsync(Encoding.UTF8.GetBytes($"\v{Adt("A28", "half", "910", "")}\x1c\r"));
        socket.Shutdown(SocketShutdown.Send);

        var buffer = new byte[4096];
        var answer = Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
        Assert.Contains("MSA|AA|half", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_Send_SaysWhatEachMessageWasAnswered()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.hl7");
        await File.WriteAllTextAsync(file, Adt("A28", "send1", "900", "") + Adt("A02", "send2", "900", "V900", "3W^1^1"));
        try
        {
            var (code, output, error) = await HostProcess.CommandAsync(["hl7", "send", file, "--to", $"mllp://127.0.0.1:{fixture.Port}"]);
            Assert.Equal((1, ""), (code, error));
            Assert.Matches("(?s)ADT\\^A28.*AA.*ADT\\^A02.*AE", output);
            (code, _, error) = await HostProcess.CommandAsync(["hl7", "send", file, "--to", "nonsense"]);
            Assert.Equal(1, code);
            Assert.StartsWith("--to: must be mllp://", error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Message_InEnhancedMode_IsAnsweredAsItAsks()
    {
        await using var connection = await _world.ConnectAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var codes = new List<string>();
        codes.Add((await SendAsync(connection, Adt("A28", "e1", "150", "", rest: "|||AL|AL"))).Code);
        codes.Add(Acknowledgement.Read(Hl7Message.Parse(Encoding.UTF8.GetString(await connection.ReceiveAsync(limit.Token))))!.Value.Code);
        codes.Add((await SendAsync(connection, Adt("A28", "e2", "150", "", rest: "|||NE|AL"))).Code);
        codes.Add((await SendAsync(connection, Adt("A28", "e3", "150", "", rest: "|||AL|ER"))).Code);
        codes.Add((await SendAsync(connection, Adt("A02", "e4", "150", "V150", rest: "|||NE|ER"))).Code);

        Assert.Equal(["CA", "AA", "AA", "CA", "AE"], codes);
    }

    [Fact]
    public async Task Batch_OfMessages_IsAnsweredAsOneAndEachForItself()
    {
        await using var connection = await _world.ConnectAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var batch = $"FHS|^~\\&|HIS|NORTH\rBHS|^~\\&|HIS|NORTH|||||||B7\r{Adt("A28", "b1", "160", "")}{Adt("A02", "b2", "160", "V160", "7E")}BTS|2\rFTS|1\r";

        var answer = Hl7Batch.Split(Encoding.UTF8.GetString(await connection.SendAsync(Encoding.UTF8.GetBytes(batch), limit.Token)));

        Assert.Equal(["AA b1", "AE b2"], answer.Messages.Select(text => Acknowledgement.Read(Hl7Message.Parse(text))!.Value).Select(msa => $"{msa.Code} {msa.ControlId}"));
        Assert.Equal(("B7", 2), (answer.Header!.Text(12), answer.Count));
    }

    [Fact]
    public async Task Message_OfAnotherFacility_ReachesItsOwnHospitalAndNobodyElse()
    {
        var (code, _, _) = await _world.SendAsync(Adt("A28", "s1", "170", "", facility: "SOUTH"));
        Assert.Equal("AA", code);
        Assert.Empty(await _world.FindAsync("Patient?identifier=170"));
        Assert.Equal(1, (await Hospital.GetAsync(fixture.South.Client, "/fhir/south/Patient?identifier=170")).GetProperty("entry").GetArrayLength());

        var (stranger, reason, _) = await _world.SendAsync(Adt("A28", "s2", "171", "", facility: "EAST"));
        Assert.Equal("AR", stranger);
        Assert.StartsWith("MSH^1^4^1 204", reason, StringComparison.Ordinal);
        Assert.Empty(await _world.FindAsync("Task?identifier=s2"));
    }

    [Theory]
    [InlineData("ADT^A99", "P", "2.5", "AR MSH^1^9^1^2 201")]
    [InlineData("XYZ^A01", "P", "2.5", "AR MSH^1^9^1^1 200")]
    [InlineData("ADT^A01", "T", "2.5", "AR MSH^1^11^1 202")]
    [InlineData("ADT^A01", "P", "3.0", "AR MSH^1^12^1 203")]
    [InlineData("ADT^A01", "P", "2.5", "AE PID^1 100")]
    public async Task Message_ThatIsNotSupported_IsRefusedAtItsPlaceAndKept(string type, string processing, string version, string expected)
    {
        var id = $"n{Guid.NewGuid():N}"[..20];
        var (code, reason, _) = await _world.SendAsync($"MSH|^~\\&|HIS|NORTH|||20261120||{type}|{id}|{processing}|{version}\r");

        Assert.StartsWith(expected, $"{code} {reason}", StringComparison.Ordinal);
        Assert.Equal("failed", (await _world.OneAsync($"Task?identifier=HIS\\|NORTH\\|{id}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Order_PlacedAndResulted_IsCompletedByItsReport()
    {
        const string Patient = "PID|1||180^^^MRN^MR||Holm^Ida||1980|F\r";
        await _world.TakeAsync(Header("ORM^O01", "o1") + Patient + "ORC|NW|P180^HIS|||||^^^^^S\rOBR|1|P180^HIS||2345-7^Glucose^LN\r");
        Assert.Equal(("active", "stat"), (Member(await Order(), "status"), Member(await Order(), "priority")));
        await _world.TakeAsync(Header("ORM^O01", "o2") + Patient + "ORC|HD|P180^HIS\r");
        Assert.Equal("on-hold", Member(await Order(), "status"));
        await _world.TakeAsync(Header("ORM^O01", "o3") + Patient + "ORC|RL|P180^HIS\r");
        await _world.TakeAsync(Header("ORU^R01", "o4") + Patient + "OBR|1|P180^HIS|F180^LAB|2345-7^Glucose^LN|||20261120070000+0000||||||||||||||||||F\rOBX|1|NM|2345-7^Glucose^LN||5.4|mmol/L^^UCUM|3.9-6.1|H|||F\r");
        Assert.Equal("completed", Member(await Order(), "status"));
        await _world.TakeAsync(Header("ORU^R01", "o5") + Patient + "OBR|1|P180^HIS|F180^LAB|2345-7^Glucose^LN|||20261120070000+0000||||||||||||||||||C\rOBX|1|NM|2345-7^Glucose^LN||5.9|mmol/L^^UCUM|3.9-6.1|H|||C\r");
        var report = await _world.OneAsync("DiagnosticReport?identifier=F180");
        var observation = await _world.OneAsync("Observation?code=2345-7&subject.identifier=180");
        Assert.Equal(("corrected", "corrected", 5.9m), (Member(report, "status"), Member(observation, "status"), observation.GetProperty("valueQuantity").GetProperty("value").GetDecimal()));
        var (code, _, _) = await _world.SendAsync(Header("ORM^O01", "o6") + Patient + "ORC|CA|P180^HIS\r");
        Assert.Equal("AE", code);

        Task<JsonElement> Order() => _world.OneAsync("ServiceRequest?identifier=P180");
    }

    [Fact]
    public async Task Result_WithoutAnOrder_StandsForItselfAndIsCorrectedInPlace()
    {
        const string Patient = "PID|1||190^^^MRN^MR||Lund^Eva||1950|F\r";
        await _world.TakeAsync(Header("ORU^R01", "u1") + Patient + "OBR|1||F190^LAB|24323-8^Panel^LN|||20261120||||||||||||||||||P\rOBX|1|NM|2951-2^Sodium^LN||140|mmol/L^^UCUM||N|||P\rNTE|1||Taken fasting\rOBX|2|ST|11502-2^Comment^LN||hemolytic\\.br\\repeat||||||P\r");
        await _world.TakeAsync(Header("ORU^R01", "u2") + Patient + "OBR|1||F190^LAB|24323-8^Panel^LN|||20261120||||||||||||||||||F\rOBX|1|NM|2951-2^Sodium^LN||141|mmol/L^^UCUM||N|||F\rOBX|2|ST|11502-2^Comment^LN||fine||||||F\r");

        var report = await _world.OneAsync("DiagnosticReport?identifier=F190");
        Assert.Equal(("final", "2", 2), (Member(report, "status"), Member(report.GetProperty("meta"), "versionId"), report.GetProperty("result").GetArrayLength()));
        Assert.Equal(141, (await _world.OneAsync("Observation?code=2951-2&subject.identifier=190")).GetProperty("valueQuantity").GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task Appointment_BookedMovedAndCancelled_FollowsItsMessages()
    {
        string Siu(string trigger, string controlId, string start) => Header($"SIU^{trigger}", controlId)
            + $"SCH|S200^HIS|||||^Patient asked|CHECKUP^Check-up^L|||min|^^^{start}\rPID|1||200^^^MRN^MR||Moe^Kai||1990|M\rRGS|1\rAIS|1||394579002^Cardiology^SCT|{start}|||30|min\rAIP|1||77^Quist^Mia\rAIL|1||OPD^2\r";
        await _world.TakeAsync(Siu("S12", "a1", "202612011000+0000"));
        await _world.TakeAsync(Siu("S13", "a2", "202612021000+0000"));
        var appointment = await _world.OneAsync("Appointment?identifier=S200");
        Assert.Equal(("booked", "2026-12-02T10:00:00+00:00", 3), (Member(appointment, "status"), Member(appointment, "start"), appointment.GetProperty("participant").GetArrayLength()));
        await _world.TakeAsync(Siu("S15", "a3", "202612021000+0000"));
        Assert.Equal("cancelled", Member(await _world.OneAsync("Appointment?identifier=S200"), "status"));
    }

    [Fact]
    public async Task Document_WithContent_IsADocumentReference()
    {
        const string Patient = "PID|1||210^^^MRN^MR||Noor^Sam||1990|M\r";
        await _world.TakeAsync(Header("MDM^T02", "d1") + "EVN|T02\r" + Patient + "PV1|1|O\rTXA|1|DS|TX|20261120|77^Quist^Mia|20261120||||||D210^HIS|||||AU\rOBX|1|TX|||First line~Second line\rOBX|2|ED|||^application^pdf^Base64^JVBERi0=\r");
        await _world.TakeAsync(Header("MDM^T10", "d2") + "EVN|T10\r" + Patient + "PV1|1|O\rTXA|1|DS|TX|20261121||||||||D211^HIS|D210^HIS||||AU\rOBX|1|TX|||Replaced\r");

        var documents = await _world.FindAsync("DocumentReference?subject.identifier=210");
        var replaced = documents.Single(document => Member(document.GetProperty("masterIdentifier"), "value") == "D210");
        Assert.Equal(("superseded", 2), (Member(replaced, "status"), replaced.GetProperty("content").GetArrayLength()));
        Assert.Contains("application/pdf", replaced.GetRawText(), StringComparison.Ordinal);
        Assert.Equal("replaces", Member(documents.Single(document => Member(document, "status") == "current").GetProperty("relatesTo")[0], "code"));
    }

    [Fact]
    public async Task Connections_ManyInterleaved_KeepEachPatientsOrder()
    {
        const int Connections = 64, Rounds = 12;
        await Parallel.ForAsync(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (i, _) =>
        {
            await using var connection = await _world.ConnectAsync();
            for (var round = 0; round < Rounds; round++)
            {
                var (code, reason, _) = await SendAsync(connection, Adt("A31", $"i{i}-{round}", $"9{i:000}", "", family: $"F{round}"));
                Assert.True(code == "AA", $"{code} {reason}");
            }
        });

        for (var i = 0; i < Connections; i++)
        {
            var patient = await _world.OneAsync($"Patient?identifier=9{i:000}");
            Assert.Equal(($"F{Rounds - 1}", $"{Rounds}"), (patient.GetProperty("name")[0].GetProperty("family").GetString(), Member(patient.GetProperty("meta"), "versionId")));
        }
    }

    [Fact]
    public async Task Messages_OfOnePatientAtOnce_AreAllTakenAndMakeOnePatient()
    {
        await Parallel.ForAsync(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => await _world.TakeAsync(Adt("A01", $"m{i}", "220", $"V220-{i}", family: $"F{i}")));

        await _world.OneAsync("Patient?identifier=220");
        Assert.Equal(16, (await _world.FindAsync("Encounter?subject.identifier=220&status=in-progress")).Count);
    }

    [Fact]
    public async Task Usage_OfMessages_EqualsWhatIsStored()
    {
        await _world.TakeAsync(Adt("A28", "c1", "230", ""));
        using var administrator = await fixture.Host.OperatorAsync();

        // Reads and messages are flushed within an interval.
        await Eventually.TrueAsync(async () =>
        {
            var buckets = (await Hospital.GetAsync(administrator, "/admin/tenants/north/usage?resolution=month&meter=hl7.messages")).GetProperty("buckets");
            return buckets.GetArrayLength() > 0 && buckets[0].GetProperty("quantity").GetInt64() > 0;
        });
        await Eventually.TrueAsync(async () => (await Hospital.GetAsync(administrator, "/admin/tenants/north/usage/verification")).GetProperty("equal").GetBoolean());
    }

    private static string? Member(JsonElement owner, string name) => owner.GetProperty(name).GetString();
}
