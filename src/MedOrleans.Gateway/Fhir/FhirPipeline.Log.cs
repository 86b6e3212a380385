using Microsoft.Extensions.Logging;

namespace MedOrleans.Gateway.Fhir;

internal sealed partial class FhirPipeline
{
    // The path is not logged: a search's address can hold a patient's name.
    [LoggerMessage(1, LogLevel.Error, "Request {RequestId} ({Method} {Endpoint}) failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string requestId, string method, string? endpoint);

    [LoggerMessage(2, LogLevel.Warning, "Request {RequestId} ({Method} {Endpoint}) was answered 503: {Fault}.")]
    private static partial void LogUnavailable(ILogger logger, string requestId, string method, string? endpoint, string fault);
}
