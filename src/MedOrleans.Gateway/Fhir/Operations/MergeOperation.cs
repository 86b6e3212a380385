using MedOrleans.Patients;
using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>An operation on who is one patient: what its definition says, and the step that a call makes.</summary>
/// <param name="Name">The name without its dollar sign.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">What it takes.</param>
internal sealed record MergeOperation(string Name, string Description, params OperationParameter[] Parameters) : FhirOperation(Name, "Patient", Description, Parameters)
{
    private const string Source = "source-patient";
    private const string Target = "target-patient";

    /// <summary>Both of them.</summary>
    public static IReadOnlyList<MergeOperation> All { get; } =
    [
        new("merge", "Two Patient resources are one person: in one commit everything that refers to the one refers to the other, and the one stays readable, inactive, with a link to the other. Called again it moves what has come since.",
            new(Source, "Reference", "The patient that is given up.", IsRequired: true, Target: "Patient"), new(Target, "Reference", "The patient that stays.", IsRequired: true, Target: "Patient"),
            new("preview", "boolean", "Whether only to say what would be moved: then an OperationOutcome is returned."), CommandId)
        {
            OnType = true, OnInstance = false, Also = [("Provenance", Interaction.Create)], Returns = "The patient that stays, as it is after it.",
            Step = static (input, _) => (input.Id(Target, "Patient") ?? "", new MergePatient { SourceId = input.Id(Source, "Patient") ?? "", IsPreview = input.Flag("preview") ?? false, CommandId = input.CommandId() }),
        },
        new("unmerge", "The patient was merged into another by mistake: in one commit what the merge moved comes back, but for what nobody can tell apart. What was made for the other since stays there.", CommandId)
        {
            Also = [("Provenance", Interaction.Create)], Returns = "The patient that comes back, as it is after it.",
            Step = static (input, id) => (id!, new UnmergePatient { CommandId = input.CommandId() }),
        },
    ];

    /// <summary>Makes a step of a call's parameters and the id in its address, and says whose it is.</summary>
    public required Func<OperationInput, string?, (string PatientId, PatientStep Step)> Step { get; init; }
}
