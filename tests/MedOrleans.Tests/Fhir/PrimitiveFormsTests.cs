using System.Text;
using MedOrleans.Record.Fhir.Reading;

namespace MedOrleans.Tests.Fhir;

public class PrimitiveFormsTests
{
    [Theory]
    [InlineData("Code", "a b", true)]
    [InlineData("Code", "a  b", false)]
    [InlineData("Code", " a", false)]
    [InlineData("Code", "a ", false)]
    [InlineData("Code", "a\tb", false)]
    [InlineData("Id", "A-z.9", true)]
    [InlineData("Id", "a_b", false)]
    [InlineData("Id", "0123456789012345678901234567890123456789012345678901234567890123", true)]
    [InlineData("Id", "01234567890123456789012345678901234567890123456789012345678901234", false)]
    [InlineData("Uri", "http://a/b?c=d#e", true)]
    [InlineData("Uri", "a b", false)]
    [InlineData("Url", "mailto:a@b", true)]
    [InlineData("Canonical", "http://a|1.0", true)]
    [InlineData("Canonical", "http://a\n", false)]
    [InlineData("Oid", "urn:oid:1.2.840.0", true)]
    [InlineData("Oid", "urn:oid:1.02", false)]
    [InlineData("Oid", "urn:oid:3.1", false)]
    [InlineData("Oid", "urn:oid:1", false)]
    [InlineData("Oid", "1.2.3", false)]
    [InlineData("Uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", true)]
    [InlineData("Uuid", "urn:uuid:C757873D-ec9a-4326-a141-556f43239520", false)]
    [InlineData("Uuid", "c757873d-ec9a-4326-a141-556f43239520", false)]
    [InlineData("Date", "2020", true)]
    [InlineData("Date", "2020-02", true)]
    [InlineData("Date", "2020-02-29", true)]
    [InlineData("Date", "2021-02-29", false)]
    [InlineData("Date", "2020-13", false)]
    [InlineData("Date", "2020-00", false)]
    [InlineData("Date", "0000", false)]
    [InlineData("Date", "20", false)]
    [InlineData("Date", "2020-1-1", false)]
    [InlineData("Date", "2020-01-01T00:00:00Z", false)]
    [InlineData("DateTime", "2020-01", true)]
    [InlineData("DateTime", "2020-01-01T10:00:00Z", true)]
    [InlineData("DateTime", "2020-01-01T23:59:60.123456789+14:00", true)]
    [InlineData("DateTime", "2020-01-01T10:00:00", false)]
    [InlineData("DateTime", "2020-01-01T10:00Z", false)]
    [InlineData("DateTime", "2020-01-01T24:00:00Z", false)]
    [InlineData("DateTime", "2020-01-01T10:00:00+14:01", false)]
    [InlineData("DateTime", "2020-01-01T10:00:00.Z", false)]
    [InlineData("DateTime", "2020-01-01 10:00:00Z", false)]
    [InlineData("Instant", "2020-01-01T10:00:00-05:00", true)]
    [InlineData("Instant", "2020-01-01", false)]
    [InlineData("Time", "10:00:00", true)]
    [InlineData("Time", "10:00:00.5", true)]
    [InlineData("Time", "10:00", false)]
    [InlineData("Time", "10:60:00", false)]
    [InlineData("Time", "10:00:00Z", false)]
    [InlineData("Base64Binary", "aGk=", true)]
    [InlineData("Base64Binary", "aG k=\n", true)]
    [InlineData("Base64Binary", "aGk", false)]
    [InlineData("Base64Binary", "aG*=", false)]
    public void FaultOfText_Form_IsThatOfTheType(string kind, string text, bool isRight) =>
        Assert.Equal(isRight, PrimitiveForms.FaultOfText(Enum.Parse<PrimitiveKind>(kind), Encoding.UTF8.GetBytes(text)) is null);

    [Theory]
    [InlineData("Integer", "0", true)]
    [InlineData("Integer", "-2147483648", true)]
    [InlineData("Integer", "2147483648", false)]
    [InlineData("Integer", "1.0", false)]
    [InlineData("Integer", "1e2", false)]
    [InlineData("Integer", "-0", false)]
    [InlineData("UnsignedInt", "0", true)]
    [InlineData("UnsignedInt", "-1", false)]
    [InlineData("PositiveInt", "1", true)]
    [InlineData("PositiveInt", "0", false)]
    [InlineData("Decimal", "1.50", true)]
    [InlineData("Decimal", "-1.5E-10", true)]
    [InlineData("Decimal", "3.14159265358979323846264338327950288", true)]
    [InlineData("Decimal", "1e999", false)]
    public void FaultOfNumber_Form_IsThatOfTheType(string kind, string text, bool isRight) =>
        Assert.Equal(isRight, PrimitiveForms.FaultOfNumber(Enum.Parse<PrimitiveKind>(kind), Encoding.UTF8.GetBytes(text)) is null);

    [Fact]
    public void FaultOfText_StringOfMoreThan1Mb_IsTooLong()
    {
        Assert.Null(PrimitiveForms.FaultOfText(PrimitiveKind.String, new byte[PrimitiveForms.MaxStringLength]));
        Assert.NotNull(PrimitiveForms.FaultOfText(PrimitiveKind.String, new byte[PrimitiveForms.MaxStringLength + 1]));
    }
}
