using System.Reflection;
using System.Text.RegularExpressions;
using MedOrleans.Metering;
using MedOrleans.Metering.Usage;

namespace MedOrleans.Tests.Metering;

public sealed class MetersTests
{
    [Fact]
    public void Catalogue_HasEveryNameOnceAndNoOther()
    {
        var names = typeof(MeterNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(names.Order(StringComparer.Ordinal), Meters.All.Select(meter => meter.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Catalogue_EachMeter_SaysItsUnitClassAndDefinition() => Assert.All(Meters.All, meter =>
    {
        Assert.Matches(new Regex("^[a-z0-9]+([._][a-z0-9]+)*$"), meter.Name);
        Assert.NotEmpty(meter.Unit);
        Assert.NotEmpty(meter.Class);
        Assert.EndsWith(".", meter.Definition, StringComparison.Ordinal);
        Assert.Same(meter, Meters.Find(meter.Name));
    });
}
