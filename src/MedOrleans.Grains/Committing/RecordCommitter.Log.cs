using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Committing;

internal sealed partial class RecordCommitter
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The outcome of a group of {Commits} commits on database {Database} is unknown; their callers will send them again.")]
    private static partial void LogUnknownOutcome(ILogger logger, int commits, string database, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Waiting} commits wait for database {Database}: further ones are refused until it has caught up.")]
    private static partial void LogOverloaded(ILogger logger, int waiting, string database);
}
