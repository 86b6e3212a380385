using System.Runtime.CompilerServices;
using MedOrleans.Rating;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;

namespace MedOrleans.Metering.Rating;

/// <summary>Whose statements a month has.</summary>
internal static class BilledHospitals
{
    private const int Page = 500;

    /// <summary>The hospitals that there are, created before the month's end, and those that left in that month or since: they have a last statement too.</summary>
    public static async IAsyncEnumerable<TenantId> InAsync(
        ITenantDirectory directory, ITenantDeletions deletions, BillingMonth month, [EnumeratorCancellation] CancellationToken cancel)
    {
        IReadOnlyList<TenantSummary> page = [];
        do
        {
            page = await directory.ListAsync(page.Count == 0 ? null : page[^1].Tenant, Page, cancel);
            foreach (var tenant in page.Where(tenant => tenant.Created < month.End))
            {
                yield return tenant.Tenant;
            }
        }
        while (page.Count > 0);

        foreach (var tenant in await deletions.FinishedAsync(month.Start, cancel))
        {
            yield return tenant;
        }
    }
}
