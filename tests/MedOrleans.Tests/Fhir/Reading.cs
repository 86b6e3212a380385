using System.Text;
using MedOrleans.Cluster;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Tests.Fhir;

/// <summary>Reads what the tests of this folder have as text.</summary>
internal static class Reading
{
    private static readonly ResourceReader s_reader = new(SearchParameterCatalog.R4);

    public static ReadOptions Create { get; } = new() { Id = "a1" };

    public static ReadOptions Update { get; } = new() { Id = "a1", IdMustMatch = true };

    public static ReadResult Read(string json, ReadOptions? options = null) => s_reader.Read(Encoding.UTF8.GetBytes(json), options ?? Create);

    public static ReadResult Read(byte[] json, ReadOptions? options = null) => s_reader.Read(json, options ?? Create);

    public static PreparedResource Valid(string json, ReadOptions? options = null)
    {
        var result = Read(json, options);
        Assert.DoesNotContain(result.Issues, issue => issue.Severity != "warning");
        return result.Resource!;
    }

    public static string Body(string json, ReadOptions? options = null) => Encoding.UTF8.GetString(Valid(json, options).Body);

    /// <summary>The one thing that is wrong.</summary>
    public static Issue Fault(string json, ReadOptions? options = null)
    {
        var result = Read(json, options);
        Assert.Null(result.Resource);
        return Assert.Single(result.Issues);
    }
}
