using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Schedules;

/// <summary>
/// An appointment as the people see it who make it. The key is a <see cref="ResourceKey"/> of type <c>Appointment</c>. Each step is one commit over the appointment, its slots
/// and, at check-in, the encounter: no slot ever has two appointments.
/// </summary>
[TenantFacing]
[Alias("MedOrleans.IAppointmentGrain")]
public interface IAppointmentGrain : IGrainWithStringKey
{
    /// <summary>Books the appointment; one that is not there yet is made.</summary>
    /// <returns>The appointment; <see cref="WriteStatus.RuleViolated"/> where its state or a slot's forbids it.</returns>
    [Alias("Book"), Requires(Interaction.Create | Interaction.Update)]
    Task<WriteReply> BookAsync(BookAppointment command);

    /// <summary>Moves it to another time.</summary>
    /// <returns>The appointment; <see cref="WriteStatus.RuleViolated"/> where its state or a slot's forbids it.</returns>
    [Alias("Reschedule"), Requires(Interaction.Update)]
    Task<WriteReply> RescheduleAsync(RescheduleAppointment command);

    /// <summary>Cancels it.</summary>
    /// <returns>The appointment; <see cref="WriteStatus.RuleViolated"/> where its state forbids it.</returns>
    [Alias("Cancel"), Requires(Interaction.Update)]
    Task<WriteReply> CancelAsync(CancelAppointment command);

    /// <summary>The patient did not come.</summary>
    /// <returns>The appointment; <see cref="WriteStatus.RuleViolated"/> where its state forbids it, or it has not begun.</returns>
    [Alias("NoShow"), Requires(Interaction.Update)]
    Task<WriteReply> NoShowAsync(MarkNoShow command);

    /// <summary>The patient is here.</summary>
    /// <returns>The encounter that it starts; <see cref="WriteStatus.RuleViolated"/> where the appointment's state or the encounter's forbids it.</returns>
    [Alias("CheckIn"), Requires(Interaction.Update)]
    Task<WriteReply> CheckInAsync(CheckInAppointment command);
}
