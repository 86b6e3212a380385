using MedOrleans.Security;

namespace MedOrleans.Gateway.Fhir.Operations;

/// <summary>An operation of the server's: what its definition says (R4, operationdefinition.html).</summary>
/// <param name="Name">The name without its dollar sign.</param>
/// <param name="Type">The resource type that it is one of.</param>
/// <param name="Description">What it does.</param>
/// <param name="Parameters">What it takes.</param>
internal abstract record FhirOperation(string Name, string Type, string Description, OperationParameter[] Parameters)
{
    private const string Urn = "urn:medorleans:OperationDefinition:";

    /// <summary>Names a call.</summary>
    public static OperationParameter CommandId { get; } = new("commandId", "uuid", "Names the call: sent again under the same id it has one effect, and is answered as the first time.");

    /// <summary>When a step took place.</summary>
    public static OperationParameter At { get; } = new("at", "dateTime", "When it took place; now where it is not given.");

    /// <summary>The id under which its definition is read.</summary>
    public string Id => $"{Type}-{Name}";

    /// <summary>The canonical url of its definition.</summary>
    public string Url => Urn + Id;

    /// <summary>Whether it can be called on the type.</summary>
    public bool OnType { get; init; }

    /// <summary>Whether it can be called on an instance.</summary>
    public bool OnInstance { get; init; } = true;

    /// <summary>Whether it changes nothing.</summary>
    public bool IsRead { get; init; }

    /// <summary>What the token's scopes have to grant on the type.</summary>
    public Interaction Needs { get; init; } = Interaction.Update;

    /// <summary>What they have to grant on other types, of which the step makes or gives content; what it only marks, as beds and slots, is part of it.</summary>
    public IReadOnlyList<(string Type, Interaction Needs)> Also { get; init; } = [];

    /// <summary>The type of what it gives.</summary>
    public string ReturnType { get; init; } = Type;

    /// <summary>What it gives.</summary>
    public string Returns { get; init; } = $"The {Type} as it is after it.";
}
