using MedOrleans.Metering.Usage;

namespace MedOrleans.Gateway.Fhir.Bundles;

/// <summary>Runs an entry of a Bundle as the interaction that it would be as a request of its own.</summary>
internal sealed class EntryInteractions(
    ReadInteractions read, WriteInteractions write, SearchInteractions search, HistoryInteractions history, UsageCounters usage)
{
    /// <summary>Runs an entry; what is wrong with it names the entry.</summary>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, BundleEntry entry)
    {
        FhirResult result;
        try
        {
            var address = EntryAddress.Parse(entry.Url, call.BaseUrl);
            result = await DispatchAsync(call, entry, address);
            if (entry.Method is "GET" or "HEAD" || address.Parts is [_, "_search"])
            {
                // A read or search is counted as such, however it came.
                usage.For(call.Tenant).Add(address.Parts is [not "_history"] or [_, "_search"] ? Counted.Search : Counted.Read);
            }
        }
        catch (Exception exception) when (!call.Cancel.IsCancellationRequested)
        {
            result = OperationOutcomes.Of(exception, call.Http.TraceIdentifier);
        }

        return result.Status >= 400 ? entry.Refuse(result) : result;
    }

    private ValueTask<FhirResult> DispatchAsync(FhirCall call, BundleEntry entry, EntryAddress address)
    {
        if (entry.Method is "POST" or "PUT" && entry.Resource.IsEmpty && address.Parts is not [_, "_search"])
        {
            return new(FhirResult.Refused(400, "required", "The entry has no resource.", $"{entry.Expression}.resource"));
        }

        return (entry.Method, address.Parts) switch
        {
            ("GET" or "HEAD", ["_history"]) => history.HistoryAsync(call, null, null, FhirAddresses.Parameters(address.Query)),
            ("GET" or "HEAD", [var type, "_history"]) => history.HistoryAsync(call, type, null, FhirAddresses.Parameters(address.Query)),
            ("GET" or "HEAD", [var type, var id, "_history"]) => history.HistoryAsync(call, type, id, FhirAddresses.Parameters(address.Query)),
            ("GET" or "HEAD", [var type, var id, "_history", var version]) => read.ReadVersionAsync(call, type, id, version),
            ("GET" or "HEAD", [var type, var id]) when id != "_search" => read.ReadAsync(
                call, type, id, entry.IfNoneMatch ?? default, entry.IfModifiedSince ?? default),
            ("GET" or "HEAD", [var type]) => search.SearchAsync(call, type, FhirAddresses.Parameters(address.Query)),
            ("GET" or "POST", [var type, "_search"]) => search.SearchAsync(call, type, FhirAddresses.Parameters(address.Query)),
            ("POST", [var type]) => write.CreateAsync(call, type, entry.Resource, entry.IfNoneExist),
            ("PUT", [var type, var id]) => write.UpdateAsync(call, type, id, entry.Resource, entry.IfMatch),
            ("PUT", [var type]) => write.UpdateIfAsync(call, type, address.Query, entry.Resource, entry.IfMatch),
            ("DELETE", [var type, var id]) => write.DeleteAsync(call, type, id, entry.IfMatch),
            ("DELETE", [var type]) => write.DeleteIfAsync(call, type, address.Query, entry.IfMatch),
            _ => new(UnknownInteractions.Refuse(entry.Method, string.Join('/', address.Parts))),
        };
    }
}
