using System.Text;
using MedOrleans.Gateway.Hl7.Messages;

namespace MedOrleans.Tests.Hl7v2;

/// <summary>Reading and printing of HL7 v2 messages.</summary>
public sealed class Hl7MessageTests
{
    private const int Rounds = 5000;

    [Fact]
    public void Parse_AnythingThatIsAccepted_PrintsAsItWas()
    {
        var random = new Xorshift(20261127);
        for (var i = 0; i < Rounds; i++)
        {
            var text = RandomMessage(random);

            var message = Hl7Message.Parse(text);

            Assert.Equal(text, message.ToString());
            Assert.Equal(text, Hl7Message.Parse(message.ToString()).ToString());
        }
    }

    [Fact]
    public void Parse_DamagedMessages_AreReadOrRefusedAndNothingElse()
    {
        var random = new Xorshift(7);
        var whole = Encoding.UTF8.GetBytes(Samples.Admit());
        var refused = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = whole.ToArray();
            for (var damage = random.Next(6); damage >= 0; damage--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                foreach (var text in Hl7Batch.Split(Hl7Charset.Decode(bytes.AsSpan(0, 1 + random.Next(bytes.Length)), Encoding.Latin1, out _)).Messages)
                {
                    var message = Hl7Message.Parse(text);
                    _ = message.Segments.SelectMany(segment => Enumerable.Range(1, segment.Count).SelectMany(field => segment.Field(field).Repetitions().Select(value => value.TextOf(1)))).Count();
                    Acknowledgement.Of("AE", message, [new Hl7Fault(Hl7Condition.DataTypeError, "x", message.Header.At(3))], DateTimeOffset.UnixEpoch, "1");
                }
            }
            catch (Hl7Exception)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1, Rounds - 1);
    }

    [Theory]
    [InlineData(@"a\F\b\S\c\T\d\R\e\E\f", @"a|b^c&d~e\f")]
    [InlineData(@"line\.br\next\.sp2\more", "line\nnext\n\nmore")]
    [InlineData(@"\X4142\ and \H\bold\N\", "AB and bold")]
    [InlineData(@"C:\temp\ and \Zx\", @"C:\temp\ and \Zx\")]
    [InlineData(@"end\", @"end\")]
    public void Unescape_Sequences_AreWhatTheyMean(string raw, string text) => Assert.Equal(text, Hl7Text.Unescape(raw, Hl7Delimiters.Usual));

    [Fact]
    public void Escape_AnyText_UnescapesToItself()
    {
        var random = new Xorshift(3);
        for (var i = 0; i < Rounds; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => @"|^~\&#abÖ 1.X"[random.Next(13)])]);

            Assert.Equal(text, Hl7Text.Unescape(Hl7Text.Escape(text, Hl7Delimiters.Usual), Hl7Delimiters.Usual));
        }
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Parse_AnyTerminator_FindsTheSegments(string terminator) =>
        Assert.Equal(["MSH", "EVN", "PID", "NK1", "PV1", "AL1", "ZPI"], Hl7Message.Parse(Samples.Admit().Replace("\r", terminator, StringComparison.Ordinal)).Segments.Select(segment => segment.Name));

    [Fact]
    public void Parse_OtherDelimiters_AreTheMessagesOwn()
    {
        var message = Hl7Message.Parse("MSH$%*!?$HIS$NORTH$$$2026$$ADT%A01$1$P$2.5\rPID$1$$4711%%%A?1.2?ISO*4712\r");

        var pid = message.Require("PID");
        Assert.Equal(("A01", "4711", "1.2", "4712"), (message.Event, pid.Text(3), pid.Field(3).Component(4).Sub(2).Text, pid.Field(3).Repetitions().Last().TextOf(1)));
    }

    [Theory]
    [InlineData("", "MSH")]
    [InlineData("PID|1", "MSH")]
    [InlineData("MSH|^^~\\&|A", "MSH-2")]
    [InlineData("MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rpid|1", "MSH")]
    [InlineData("MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1\rnonsense", "PID")]
    public void Parse_WhatIsNoMessage_SaysWhere(string text, string where) =>
        Assert.Equal(where, Assert.Throws<Hl7Exception>(() => Hl7Message.Parse(text)).Fault.Location?.ToString());

    [Theory]
    [InlineData("8859/1", "iso-8859-1")]
    [InlineData("8859/15", "iso-8859-15")]
    [InlineData("UNICODE UTF-8", "utf-8")]
    [InlineData("8859/2", "iso-8859-2")]
    public void Decode_DeclaredCharacterSet_IsRead(string declared, string encoding)
    {
        const string Name = "Jürgen Öhlén";
        var text = $"MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5||||||{declared}\rPID|1||1||{Name}\r".Replace("lén", encoding == "iso-8859-2" ? "len" : "lén", StringComparison.Ordinal);
        var bytes = (CodePagesEncodingProvider.Instance.GetEncoding(encoding) ?? Encoding.GetEncoding(encoding)).GetBytes(text);

        Assert.Equal(text, Hl7Charset.Decode(bytes, Encoding.Latin1, out _));
    }

    [Fact]
    public void Decode_NothingDeclared_IsUtf8WhereItCanBeElseTheSenders()
    {
        const string Text = "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|1||1||Jürgen\r";

        Assert.Equal(Text, Hl7Charset.Decode(Encoding.UTF8.GetBytes(Text), Encoding.Latin1, out _));
        Assert.Equal(Text, Hl7Charset.Decode(Encoding.Latin1.GetBytes(Text), Encoding.Latin1, out _));
    }

    [Fact]
    public void Decode_UnknownCharacterSet_IsRefusedAtMsh18() =>
        Assert.Equal("MSH-18", Assert.Throws<Hl7Exception>(() => Hl7Charset.Decode("MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5||||||KLINGON\r"u8, Encoding.Latin1, out _)).Fault.Location?.ToString());

    [Fact]
    public void Split_Batch_HasItsMessagesAndHoldsThemAgainstTheirNumber()
    {
        var batch = Hl7Batch.Split($"FHS|^~\\&|HIS\rBHS|^~\\&|HIS|NORTH\r{Samples.Admit("1")}{Samples.Result("2")}BTS|2\rFTS|1\r");

        Assert.Equal(["1", "2"], batch.Messages.Select(text => Hl7Message.Parse(text).ControlId));
        Assert.True(batch.IsBatch);
        Assert.Equal("BTS-1", Assert.Throws<Hl7Exception>(() => Hl7Batch.Split($"BHS|^~\\&|HIS\r{Samples.Admit()}BTS|2\r")).Fault.Location?.ToString());
    }

    [Fact]
    public void Of_Error_NamesItsPlaceInTheVersionsOwnForm()
    {
        var fault = new Hl7Fault(Hl7Condition.RequiredFieldMissing, "The patient has no identifier.", new Hl7Location("PID", 1, 3, 1, 1));
        var recent = Hl7Message.Parse(Acknowledgement.Of("AE", Hl7Message.Parse(Samples.Admit("77")), [fault], DateTimeOffset.UnixEpoch, "9"));
        var old = Hl7Message.Parse(Acknowledgement.Of("AE", Hl7Message.Parse(Samples.Header("ADT^A01", "78", "2.3") + "\r"), [fault], DateTimeOffset.UnixEpoch, "9"));

        Assert.Equal(("AE", "77", "PID^1^3^1^1", "101", "E"), (recent.Require("MSA").Text(1), recent.Require("MSA").Text(2), recent.Require("ERR").Field(2).Raw, recent.Require("ERR").Text(3), recent.Require("ERR").Text(4)));
        Assert.Equal(("NORTH", "HIS", "ACK", "A01"), (recent.Header.Text(6), recent.Header.Text(5), recent.Type, recent.Event));
        Assert.Equal(("78", "PID^1^3^101&Required field missing&HL70357"), (old.Require("MSA").Text(2), old.Require("ERR").Field(1).Raw));
    }

    private static string RandomMessage(Xorshift random)
    {
        var text = new StringBuilder(Samples.Header("ADT^A01", "1"));
        const string Characters = "abcÄ 19^~&\\|\"'.";
        for (var segment = random.Next(6); segment > 0; segment--)
        {
            text.Append('\r').Append((char)('A' + random.Next(26))).Append((char)('A' + random.Next(26))).Append(random.Next(10));
            if (text.ToString().EndsWith("\rMSH", StringComparison.Ordinal))
            {
                text[^1] = '1';
            }

            for (var field = random.Next(5); field > 0; field--)
            {
                text.Append('|').Append([.. Enumerable.Range(0, random.Next(9)).Select(_ => Characters[random.Next(Characters.Length)])]);
            }
        }

        return text.Append('\r').ToString();
    }
}

/// <summary>A small generator whose sequence is the same everywhere and always.</summary>
internal sealed class Xorshift(ulong seed)
{
    private ulong _state = seed;

    public int Next(int below)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(_state % (ulong)below);
    }
}
