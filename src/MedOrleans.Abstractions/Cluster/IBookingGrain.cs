using MedOrleans.Records;
using MedOrleans.Schedules;

namespace MedOrleans.Cluster;

/// <summary>Steps of appointments and schedules, for the cluster's own gateways and grains: each step is one commit over what it touches. The key is the tenant.</summary>
[Alias("MedOrleans.IBookingGrain")]
public interface IBookingGrain : IGrainWithStringKey
{
    /// <summary>Takes a step of an appointment's.</summary>
    /// <param name="appointmentId">The appointment's id.</param>
    /// <param name="step">The step.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    /// <returns>The version that the step made, also where it had been taken already: of the appointment, or at check-in of the encounter.</returns>
    [Alias("Step")]
    Task<WriteReply> StepAsync(string appointmentId, AppointmentStep step, Caller caller, int bytesIn);

    /// <summary>Makes free slots of a schedule.</summary>
    /// <param name="scheduleId">The schedule's id.</param>
    /// <param name="pattern">Which.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytesIn">The bytes received for it.</param>
    [Alias("Generate")]
    Task<WriteReply> GenerateAsync(string scheduleId, GenerateSlots pattern, Caller caller, int bytesIn);
}
