using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace MedOrleans.Gateway.Admin;

/// <summary>Answers that several parts of the operator's API give.</summary>
internal static class AdminProblems
{
    /// <summary>404, in the same words whoever asks, so that nobody learns which hospitals there are.</summary>
    public static ProblemHttpResult NoHospital() => TypedResults.Problem("There is no such hospital.", statusCode: 404);
}
