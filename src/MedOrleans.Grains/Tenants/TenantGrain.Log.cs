using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Tenants;

internal sealed partial class TenantGrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant} is created in pool {Pool}, its record in database {Database}.")]
    private static partial void LogCreated(ILogger logger, TenantId tenant, string pool, string database);

    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant} is {Status}.")]
    private static partial void LogStatus(ILogger logger, TenantId tenant, MedOrleans.Tenants.TenantStatus status);

    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant}: client {ClientId} has another secret.")]
    private static partial void LogRotated(ILogger logger, TenantId tenant, string clientId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} is to be deleted, as {Agent} asks.")]
    private static partial void LogDeletion(ILogger logger, TenantId tenant, string agent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Hospital {Tenant} is deleted.")]
    private static partial void LogBuried(ILogger logger, TenantId tenant);

    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant} has the plan {Plan} from now on.")]
    private static partial void LogPlan(ILogger logger, TenantId tenant, string plan);

    [LoggerMessage(Level = LogLevel.Information, Message = "Hospital {Tenant} moves from the pool {From} to {To}.")]
    private static partial void LogPool(ILogger logger, TenantId tenant, string from, string to);
}
