using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Tests.Gateway.Fhir;

public class AuditTrailQueryTests
{
    private static readonly SearchQuery s_query = new() { Tenant = TenantId.Parse("north"), Type = "AuditEvent" };

    [Fact]
    public void Of_ParametersOfTheTrail_BecomeItsQuery()
    {
        var trail = Of(s_query, ("entity", "Patient/p1"), ("agent", "ward"), ("action", "U"), ("type", "rest"))!;

        Assert.Equal(("Patient", "p1", "ward", WriteKind.Update), (trail.Type, trail.Id, trail.Agent, trail.Kind!.Value));
    }

    [Fact]
    public void Of_Id_IsTheSequence() => Assert.Equal(7, Of(s_query, ("_id", "w-7"))!.Sequence);

    [Theory]
    [InlineData("_id", "stored-by-a-client")]
    [InlineData("outcome", "8")]
    [InlineData("action", "R")]
    [InlineData("patient", "Patient/p1")]
    [InlineData("entity", "Patient")]
    public void Of_WhatNoEventOfTheTrailHas_MatchesNone(string name, string value) => Assert.Null(Of(s_query, (name, value)));

    [Theory]
    [InlineData(RangeComparison.Within, "1970-01-02T00:00:00Z", "1970-01-03T00:00:00Z")]
    [InlineData(RangeComparison.ReachesAboveOrWithin, "1970-01-02T00:00:00Z", null)]
    [InlineData(RangeComparison.ReachesAbove, "1970-01-03T00:00:00Z", null)]
    [InlineData(RangeComparison.ReachesBelow, null, "1970-01-02T00:00:00Z")]
    [InlineData(RangeComparison.ReachesBelowOrWithin, null, "1970-01-03T00:00:00Z")]
    public void Of_LastUpdated_BoundsTheTrail(RangeComparison comparison, string? from, string? to)
    {
        const double Day = 86_400_000_000;
        var trail = Of(s_query with { Criteria = [new SearchCriterion([new LastUpdatedIs(comparison, Day, (2 * Day) - 1)])] }, ("_lastUpdated", "1970-01-02"))!;

        Assert.Equal(from is null ? null : DateTimeOffset.Parse(from), trail.From);
        Assert.Equal(to is null ? null : DateTimeOffset.Parse(to), trail.To);
    }

    [Fact]
    public void Of_AnotherOrder_IsWarnedOf()
    {
        var warnings = new List<Issue>();

        AuditTrailQuery.Of(s_query, [new("_sort", "date")], SearchParameterCatalog.R4, warnings);

        Assert.Equal("_sort", Assert.Single(warnings).Expression);
    }

    private static MedOrleans.Record.Store.AuditQuery? Of(SearchQuery query, params (string Name, string Value)[] parameters) => AuditTrailQuery.Of(
        query, [.. parameters.Select(parameter => new KeyValuePair<string, string>(parameter.Name, parameter.Value))], SearchParameterCatalog.R4, []);
}
