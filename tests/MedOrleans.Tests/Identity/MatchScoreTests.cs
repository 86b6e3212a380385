using System.Text.Json;
using MedOrleans.Record.Identity;

namespace MedOrleans.Tests.Identity;

/// <summary>Graded cases of who is who.</summary>
public sealed class MatchScoreTests
{
    private const string Jose = """
        {"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"1"}],"name":[{"family":"Muñoz","given":["José","Luis"]}],"gender":"male","birthDate":"1961-03-07",
         "address":[{"line":["Calle Mayor 12"],"city":"Sevilla","postalCode":"41 001"}],"telecom":[{"system":"phone","value":"+34 600 123 456"}]}
        """;

    [Theory]
    [InlineData("the same number", """{"identifier":[{"system":"urn:mrn","value":"1"}]}""", MatchGrade.Certain)]
    [InlineData("the same number, nothing else in common", """{"identifier":[{"system":"urn:mrn","value":"1"}],"name":[{"family":"Ericsson"}],"birthDate":"1999-12-31"}""", MatchGrade.Possible)]
    [InlineData("the same number of another authority", """{"identifier":[{"system":"urn:other","value":"1"}]}""", MatchGrade.CertainlyNot)]
    [InlineData("all but the number", """{"name":[{"family":"MUNOZ","given":["Jose"]}],"gender":"male","birthDate":"1961-03-07","telecom":[{"system":"phone","value":"600123456"}]}""", MatchGrade.Certain)]
    [InlineData("address for the phone", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1961-03-07","address":[{"line":["Calle Mayor 12"],"city":"Sevilla","postalCode":"41001"}]}""", MatchGrade.Certain)]
    [InlineData("name, birth date and sex alone", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1961-03-07"}""", MatchGrade.Probable)]
    [InlineData("a letter wrong", """{"name":[{"family":"Munioz","given":["Jose"]}],"gender":"male","birthDate":"1961-03-07"}""", MatchGrade.Probable)]
    [InlineData("day and month exchanged", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1961-07-03"}""", MatchGrade.Probable)]
    [InlineData("given and family exchanged", """{"name":[{"family":"Jose","given":["Munoz"]}],"gender":"male","birthDate":"1961-03-07"}""", MatchGrade.Probable)]
    [InlineData("day and month exchanged, all else the same", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1961-07-03","telecom":[{"system":"phone","value":"600123456"}]}""", MatchGrade.Probable)]
    [InlineData("a year alone", """{"name":[{"family":"Munoz","given":["Jose"]}],"birthDate":"1961"}""", MatchGrade.Possible)]
    [InlineData("a twin", """{"name":[{"family":"Munoz","given":["Carlos"]}],"gender":"male","birthDate":"1961-03-07","address":[{"line":["Calle Mayor 12"],"city":"Sevilla","postalCode":"41001"}],"telecom":[{"system":"phone","value":"600123456"}]}""", MatchGrade.Possible)]
    [InlineData("a son of the same name", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"male","birthDate":"1990-11-25","address":[{"line":["Calle Mayor 12"],"city":"Sevilla","postalCode":"41001"}],"telecom":[{"system":"phone","value":"600123456"}]}""", MatchGrade.Possible)]
    [InlineData("another sex", """{"name":[{"family":"Munoz","given":["Jose"]}],"gender":"female","birthDate":"1961-03-07","telecom":[{"system":"phone","value":"600123456"}]}""", MatchGrade.Probable)]
    [InlineData("the family name alone", """{"name":[{"family":"Munoz"}]}""", MatchGrade.CertainlyNot)]
    [InlineData("somebody else", """{"name":[{"family":"Ericsson","given":["Anna"]}],"gender":"female","birthDate":"1999-12-31"}""", MatchGrade.CertainlyNot)]
    [InlineData("nothing", "{}", MatchGrade.CertainlyNot)]
    public void Of_TwoPatients_GradesThemTheSameBothWays(string what, string other, MatchGrade expected)
    {
        var (left, right) = (Traits(Jose), Traits(other));
        Assert.True(MatchScore.Of(left, right).Grade == expected, $"{what}: {MatchScore.Of(left, right)}");
        Assert.Equal(expected, MatchScore.Of(right, left).Grade);
    }

    [Fact]
    public void Probability_OfMoreBits_IsHigherAndWithinZeroAndOne()
    {
        var probabilities = new[] { -20, 0, 9, 12, 17, 24, 31 }.Select(bits => new MatchScore(MatchGrade.Possible, bits).Probability).ToList();
        Assert.Equal(probabilities.Order(), probabilities);
        Assert.All(probabilities, probability => Assert.InRange(probability, 0, 1));
        Assert.Equal(0.5, probabilities[3]);
    }

    private static PatientTraits Traits(string json)
    {
        using var document = JsonDocument.Parse(json);
        return PatientTraits.Of(document.RootElement);
    }
}
