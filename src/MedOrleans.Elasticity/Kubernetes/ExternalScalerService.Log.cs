using Microsoft.Extensions.Logging;

namespace MedOrleans.Elasticity.Kubernetes;

internal sealed partial class ExternalScalerService
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "KEDA asks how many silos there should be, and the cluster does not answer now.")]
    private static partial void LogNotAsked(ILogger logger, Exception exception);
}
