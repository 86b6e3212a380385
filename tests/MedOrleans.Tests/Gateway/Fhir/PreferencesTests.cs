using MedOrleans.Gateway.Fhir;
using Microsoft.Extensions.Primitives;

namespace MedOrleans.Tests.Gateway.Fhir;

public class PreferencesTests
{
    [Fact]
    public void Parse_NoHeader_PrefersNothing() => Assert.Equal(default, Preferences.Parse(StringValues.Empty));

    [Fact]
    public void Parse_SeveralPreferences_AreAllRead()
    {
        var preferences = Preferences.Parse("return=minimal; handling=lenient, respond-async");

        Assert.Equal(ReturnPreference.Minimal, preferences.Return);
        Assert.True(preferences.Lenient);
    }

    [Theory]
    [InlineData("return=representation")]
    [InlineData("RETURN=Representation")]
    public void Parse_Representation_IsReadInAnyCase(string header) =>
        Assert.Equal(ReturnPreference.Representation, Preferences.Parse(header).Return);

    [Fact]
    public void Parse_OperationOutcome_IsRead() =>
        Assert.Equal(ReturnPreference.OperationOutcome, Preferences.Parse("return=OperationOutcome").Return);
}
