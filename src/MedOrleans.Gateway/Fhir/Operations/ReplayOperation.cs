using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>Task/$replay: a message that could not be taken is taken again, as it is or corrected.</summary>
internal sealed record ReplayOperation() : FhirOperation("replay", "Task", "Takes an HL7 v2 message again that could not be taken: as it is, because what was in its way is gone, or corrected.",
    [
        new("message", "string", "The corrected message, segments separated by carriage returns or line feeds; the one that is kept where it is not given. It keeps MSH-3, MSH-4 and MSH-10."),
    ])
{
    /// <summary>The operation.</summary>
    public static ReplayOperation Instance { get; } = new()
    {
        // A message may be about anything.
        Also = [("*", Interaction.Create | Interaction.Update)],
        Returns = "The message's Task as it is after it: completed, or failed with the reason.",
    };
}
