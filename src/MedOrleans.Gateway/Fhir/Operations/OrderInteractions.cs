using System.Globalization;
using MedOrleans.Cluster;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Record.Wards;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.Extensions.Options;
using Orleans;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>The operations on orders (R4, operations.html).</summary>
internal sealed class OrderInteractions(IGrainFactory grains, ClusterRetry retry, IRecordStores stores, SearchQueryParser parser, IOptions<FhirOptions> options)
{
    private const string Order = "ServiceRequest";
    private const int Most = 1000;

    // What has no priority, or one that is not FHIR's, is routine.
    private static readonly (string Name, string Value)[] s_priorities = [("priority", "stat"), ("priority", "asap"), ("priority", "urgent"), ("priority:not", "stat,asap,urgent")];

    /// <summary>Runs an operation that changes something.</summary>
    /// <param name="call">The call.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="id">The order; null where it is called on the type.</param>
    public async ValueTask<FhirResult> RunAsync(FhirCall call, OrderOperation operation, string? id)
    {
        var (input, bytes, refusal) = await OperationInput.ReadAsync(call, operation, id, options.Value.MaxBodyBytes);
        if (refusal is not null)
        {
            return refusal;
        }

        // A new order has the command's id, so that sent again it is found again.
        var step = operation.Step!(input!);
        return input!.Issues.Count > 0 ? FhirResult.Refused(400, input.Issues)
            : OperationOutcomes.Of(await retry.RunAsync(() => grains.GetGrain<IOrderingGrain>(call.Tenant.Value).StepAsync(id ?? step.CommandId.ToString("D"), step, call.Caller, bytes), call.Cancel), hadCondition: false);
    }

    /// <summary>The open orders of a department.</summary>
    public async ValueTask<FhirResult> WorklistAsync(FhirCall call)
    {
        if (call.Forbids(Order, Interaction.Read | Interaction.Search) is { } refusal)
        {
            return refusal;
        }

        var query = call.Http.Request.Query;
        var department = OrderOperation.Department(query["department"] is [{ } given] ? given.StartsWith(call.BaseUrl + "/", StringComparison.Ordinal) ? given[(call.BaseUrl.Length + 1)..] : given : null);
        var status = query.TryGetValue("status", out var asked) ? asked.ToString() : "active";
        var count = 100;
        var wrong = new List<Issue>();
        if (department is null)
        {
            wrong.Add(new Issue("required", "department is an Organization or a HealthcareService of this hospital, Organization/lab.", "department"));
        }

        if (status is not ("active" or "on-hold"))
        {
            wrong.Add(new Issue("value", "status is active or on-hold.", "status"));
        }

        if (query.TryGetValue("_count", out var most) && !(int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= Most))
        {
            wrong.Add(new Issue("value", $"_count is 1 to {Most}.", "_count"));
        }

        wrong.AddRange(query.Keys.Where(name => name is not ("department" or "status" or "_count" or "_format")).Select(name => new Issue("not-supported", "The operation's parameters are department, status, _count.", name)));
        if (wrong.Count > 0)
        {
            return FhirResult.Refused(400, wrong);
        }

        return await stores.ForAsync(call.Tenant, call.Cancel) is { } store
            ? new FhirResult(200) { Content = await ContentAsync(call, store, department!, status, count) }
            : FhirResult.Refused(404, "not-found", "There is no such hospital.");
    }

    private async Task<SearchSet> ContentAsync(FhirCall call, IRecordStore store, string department, string status, int count)
    {
        var orders = new List<StoredVersion>();
        long total = 0;
        foreach (var (name, value) in s_priorities)
        {
            var query = parser.Parse(call.Tenant, Order, [
                KeyValuePair.Create("performer", department), KeyValuePair.Create("status", status), KeyValuePair.Create(name, value), KeyValuePair.Create("_sort", "authored")]).Query!;
            var page = await store.SearchAsync(query with { Count = count - orders.Count, WithTotal = true }, call.Cancel);
            orders.AddRange(page.Matches);
            total += page.Total ?? page.Matches.Count;
        }

        List<ResourceId> patients = !call.Allows("Patient", Interaction.Read) ? []
            : [.. orders.Select(order => BedJson.IdOf(System.Text.Json.Nodes.JsonNode.Parse(order.Body)!["subject"], "Patient")).OfType<string>().Distinct().Select(id => new ResourceId("Patient", id))];
        return new SearchSet(call.BaseUrl, orders, patients.Count == 0 ? [] : await store.ReadManyAsync(call.Tenant, patients, call.Cancel), []) { Total = total };
    }
}
