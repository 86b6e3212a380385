using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Tenants;

internal sealed partial class InvitationCatalogGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Invitation {Invitation} is made.")]
    private static partial void LogCreated(ILogger logger, string invitation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Invitation {Invitation} is withdrawn.")]
    private static partial void LogWithdrawn(ILogger logger, string invitation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Invitation {Invitation} is used by hospital {Tenant}.")]
    private static partial void LogUsed(ILogger logger, string invitation, TenantId tenant);
}
