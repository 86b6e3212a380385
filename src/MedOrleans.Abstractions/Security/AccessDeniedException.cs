namespace MedOrleans.Security;

/// <summary>A grain call without a credential that allows it. Says no more than that: not whether the thing called exists.</summary>
[GenerateSerializer, Alias("MedOrleans.AccessDeniedException")]
public sealed class AccessDeniedException : Exception
{
    /// <summary>Makes the refusal.</summary>
    public AccessDeniedException()
        : base("The call carries no credential that allows it.")
    {
    }
}
