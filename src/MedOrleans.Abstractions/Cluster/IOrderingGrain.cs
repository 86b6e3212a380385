using MedOrleans.Orders;
using MedOrleans.Records;

namespace MedOrleans.Cluster;

/// <summary>Steps of orders and their results, for the cluster's own gateways and grains: each step is one commit over what it touches. The key is the tenant.</summary>
[Alias("MedOrleans.IOrderingGrain")]
public interface IOrderingGrain : IGrainWithStringKey
{
    /// <summary>Takes a step of an order's.</summary>
    /// <param name="orderId">The ServiceRequest's id.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The version that the step made, also where it had been taken already: of the order, or for a result of the report.</returns>
    [Alias("Step")]
    Task<WriteReply> StepAsync(string orderId, OrderStep step, Caller caller, int bytesIn);
}
