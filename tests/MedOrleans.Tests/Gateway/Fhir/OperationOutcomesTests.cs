using System.Text.Json;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Tests.Gateway.Fhir;

public class OperationOutcomesTests
{
    [Theory]
    [InlineData(WriteStatus.Created, 201)]
    [InlineData(WriteStatus.Updated, 200)]
    [InlineData(WriteStatus.Deleted, 204)]
    [InlineData(WriteStatus.VersionConflict, 409)]
    [InlineData(WriteStatus.NotFound, 404)]
    [InlineData(WriteStatus.MultipleMatches, 412)]
    [InlineData(WriteStatus.RuleViolated, 422)]
    [InlineData(WriteStatus.TenantUnavailable, 403)]
    [InlineData(WriteStatus.StorageExhausted, 507)]
    public void Of_EveryWriteStatus_HasItsHttpStatus(WriteStatus status, int http)
    {
        var result = OperationOutcomes.Of(new WriteReply { Status = status }, hadCondition: false);

        Assert.Equal(http, result.Status);
        Assert.Equal(http >= 400, result.Issues.Count > 0);
    }

    [Fact]
    public void Of_VersionConflictUnderIfMatch_IsPreconditionFailed() =>
        Assert.Equal(412, OperationOutcomes.Of(new WriteReply { Status = WriteStatus.VersionConflict }, hadCondition: true).Status);

    [Theory]
    [InlineData("structure", "Patient.name", 400)]
    [InlineData("structure", null, 400)]
    [InlineData("value", "Patient.id", 400)]
    [InlineData("value", "Patient", 400)]
    [InlineData("required", "Patient.name", 422)]
    [InlineData("value", "Patient.contained[0].id", 422)]
    public void OfInvalid_WhatIsNoSuchResource_IsBadRequestAndTheRestUnprocessable(string code, string? element, int http) =>
        Assert.Equal(http, OperationOutcomes.OfInvalid([new Issue(code, "Wrong.", element)]).Status);

    [Fact]
    public void Of_Fault_TellsTheRequestIdAndNothingElse()
    {
        var result = OperationOutcomes.Of(new InvalidOperationException("Lee, born 1970"), "r-1");

        Assert.Equal(500, result.Status);
        Assert.Contains("r-1", result.Issues[0].Details, StringComparison.Ordinal);
        Assert.DoesNotContain("Lee", result.Issues[0].Details, StringComparison.Ordinal);
    }

    public static TheoryData<Exception> Transient => [
        new RecordStoreException("Gone.", isTransient: true),
        new RecordUnavailableException("Gone.", isTransient: true),
        new TimeoutException(),
        new OperationCanceledException(),
    ];

    [Theory]
    [MemberData(nameof(Transient))]
    public void Of_WhatMayPass_AsksToTryAgain(Exception exception)
    {
        var result = OperationOutcomes.Of(exception, "r-1");

        Assert.Equal(503, result.Status);
        Assert.NotNull(result.RetryAfter);
    }

    [Fact]
    public void Of_StoreFailureThatStays_DoesNot() =>
        Assert.Equal(500, OperationOutcomes.Of(new RecordStoreException("Broken.", isTransient: false), "r-1").Status);

    [Theory]
    [InlineData(413, 413)]
    [InlineData(408, 408)]
    [InlineData(400, 400)]
    public void Of_BadRequest_KeepsItsStatus(int status, int http) =>
        Assert.Equal(http, OperationOutcomes.Of(new BadHttpRequestException("Bad.", status), "r-1").Status);

    [Fact]
    public void ToJson_Issue_BecomesAnOperationOutcome()
    {
        using var outcome = JsonDocument.Parse(OperationOutcomes.ToJson([new Issue("value", "Wrong.", "Patient.gender")]));

        Assert.Equal("OperationOutcome", outcome.RootElement.GetProperty("resourceType").GetString());
        var issue = outcome.RootElement.GetProperty("issue")[0];
        Assert.Equal("error", issue.GetProperty("severity").GetString());
        Assert.Equal("value", issue.GetProperty("code").GetString());
        Assert.Equal("Patient.gender", issue.GetProperty("expression")[0].GetString());
    }
}
