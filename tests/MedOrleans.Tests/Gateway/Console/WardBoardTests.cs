using System.Text;
using MedOrleans.Gateway.Console;
using MedOrleans.Records;

namespace MedOrleans.Tests.Gateway.Console;

public sealed class WardBoardTests
{
    [Fact]
    public void Beds_InRoomsOfAWard_AreTheWardsByNumber()
    {
        var wards = WardBoard.Of([
            Place("house", "ho", null, "House"), Place("3w", "wa", "house", "3 West"), Place("room", "ro", "3w"), Place("b10", "bd", "room", "Bed 10"), Place("b9", "bd", "room", "Bed 9"),
            Place("day", "ro", "house", "Day clinic"), Place("chair", "bd", "day", "Chair"), Place("alone", "bd", null, "Alone"), Place("lost", "bd", "nowhere", "Lost")]);

        // A room of no ward is shown under the topmost place, a bed of no place under no ward.
        Assert.Equal(["3 West: Bed 9, Bed 10", "House: Chair", "Not in a ward: Alone, Lost"], wards.Select(ward => $"{ward.Name}: {string.Join(", ", ward.Beds.Select(bed => bed.Name))}"));
    }

    [Fact]
    public void Beds_ThatArePartOfThemselves_AreShownOnce() =>
        Assert.Single(WardBoard.Of([Place("a", "ro", "b"), Place("b", "ro", "a"), Place("bed", "bd", "a")]).SelectMany(ward => ward.Beds));

    [Theory]
    [InlineData("""{"operationalStatus":{"code":"U"}}""", "Free")]
    [InlineData("{}", "Free")]
    [InlineData("""{"operationalStatus":{"code":"H"}}""", "Housekeeping")]
    [InlineData("""{"operationalStatus":{"code":"K"}}""", "Contaminated")]
    [InlineData("""{"operationalStatus":{"code":"C"}}""", "Closed")]
    [InlineData("""{"operationalStatus":{"code":"U"},"extension":[{"url":"urn:medorleans:bed-reservation","extension":[{"url":"patient","valueReference":{"reference":"Patient/p"}}]}]}""", "Reserved")]
    [InlineData("""{"operationalStatus":{"code":"O"},"extension":[{"url":"urn:medorleans:bed-occupancy","extension":[{"url":"status","valueCode":"in-progress"}]}]}""", "Occupied")]
    [InlineData("""{"operationalStatus":{"code":"O"},"extension":[{"url":"urn:medorleans:bed-occupancy","extension":[{"url":"status","valueCode":"onleave"}]}]}""", "On leave")]
    public void State_OfABed_IsInWords(string members, string state) => Assert.Equal(state, WardBoard.Of([Stored("bed", $$"""{"physicalType":{"coding":[{"code":"bd"}]},{{members[1..]}}""".Replace(",}", "}", StringComparison.Ordinal))])[0].Beds[0].State);

    private static StoredVersion Place(string id, string type, string? parent, string? name = null) => Stored(
        id, $$$"""{"physicalType":{"coding":[{"code":"{{{type}}}"}]}{{{(name is null ? "" : $",\"name\":\"{name}\"")}}}{{{(parent is null ? "" : $",\"partOf\":{{\"reference\":\"Location/{parent}\"}}")}}}}""");

    private static StoredVersion Stored(string id, string json) => new() { Type = "Location", Id = id, Version = 1, LastUpdated = default, Deleted = false, Body = Encoding.UTF8.GetBytes(json), CommandId = default };
}
