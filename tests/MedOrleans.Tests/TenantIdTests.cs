namespace MedOrleans.Tests;

public class TenantIdTests
{
    [Theory]
    [InlineData("no")]
    [InlineData("north-hospital-2")]
    public void TryParse_Slug_IsRead(string text)
    {
        Assert.True(TenantId.TryParse(text, out var tenant));
        Assert.Equal(text, tenant.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("North")]
    [InlineData("020235")]
    [InlineData("north/Patient")]
    [InlineData("a23456789012345678901234567890123456789012")]
    public void TryParse_AnythingElse_IsRefused(string? text) => Assert.False(TenantId.TryParse(text, out _));
}
