using MedOrleans.Gateway.Fhir;

namespace MedOrleans.Tests.Gateway.Fhir;

public class UnknownInteractionsTests
{
    [Theory]
    [InlineData("PATCH", "Patient/1", 405)]
    [InlineData("POST", "Patient/1", 405)]
    [InlineData("DELETE", "Patient/1/_history/2", 405)]
    [InlineData("GET", "", 405)]
    [InlineData("GET", "Unicorn/1/_history", 404)]
    [InlineData("POST", "Patient/$validate", 404)]
    [InlineData("GET", "Patient/1/Observation", 404)]
    public void Refuse_WhatIsNotThere_SaysWhetherAddressOrMethod(string method, string path, int status)
    {
        var result = UnknownInteractions.Refuse(method, path);

        Assert.Equal(status, result.Status);
        Assert.Equal("not-supported", result.Issues[0].Code);
        Assert.Equal(status == 405, result.Allow is not null);
    }
}
