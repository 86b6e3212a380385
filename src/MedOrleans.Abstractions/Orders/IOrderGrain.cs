using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Orders;

/// <summary>
/// An order and its results. The key is a <see cref="ResourceKey"/> of type <c>ServiceRequest</c>. Each step is one commit over the order, its reports and their observations.
/// </summary>
[TenantFacing]
[Alias("MedOrleans.IOrderGrain")]
public interface IOrderGrain : IGrainWithStringKey
{
    /// <summary>Places the order; one that is not there yet is made.</summary>
    /// <returns>The order; <see cref="WriteStatus.RuleViolated"/> where its state forbids it.</returns>
    [Alias("Place"), Requires(Interaction.Create | Interaction.Update)]
    Task<WriteReply> PlaceAsync(PlaceOrder command);

    /// <summary>Gives it an accession number.</summary>
    /// <returns>The order, with the number among its identifiers; <see cref="WriteStatus.RuleViolated"/> where its state forbids it, or it has a number.</returns>
    [Alias("Accession"), Requires(Interaction.Update)]
    Task<WriteReply> AccessionAsync(AccessionOrder command);

    /// <summary>Records a result, a correction of one, or that it was an error.</summary>
    /// <returns>The report; <see cref="WriteStatus.RuleViolated"/> where the order's state forbids it, or the report's or an observation's.</returns>
    [Alias("Result"), Requires(Interaction.Update)]
    Task<WriteReply> ResultAsync(RecordResult command);

    /// <summary>Takes the order back.</summary>
    /// <returns>The order; <see cref="WriteStatus.RuleViolated"/> where its state forbids it, or a report is final.</returns>
    [Alias("Revoke"), Requires(Interaction.Update)]
    Task<WriteReply> RevokeAsync(RevokeOrder command);

    /// <summary>Lets it wait.</summary>
    /// <returns>The order; <see cref="WriteStatus.RuleViolated"/> where its state forbids it.</returns>
    [Alias("Hold"), Requires(Interaction.Update)]
    Task<WriteReply> HoldAsync(HoldOrder command);

    /// <summary>Lets it go on.</summary>
    /// <returns>The order; <see cref="WriteStatus.RuleViolated"/> where its state forbids it.</returns>
    [Alias("Resume"), Requires(Interaction.Update)]
    Task<WriteReply> ResumeAsync(ResumeOrder command);
}
