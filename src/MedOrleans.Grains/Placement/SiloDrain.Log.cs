using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Placement;

internal sealed partial class SiloDrain
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The silo is empty: {Count} activations left in {Seconds:0.0} s.")]
    private static partial void LogEmpty(ILogger logger, int count, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The silo stops with {Left} of {Count} activations still here after {Seconds:0.0} s; they start again elsewhere when they are called.")]
    private static partial void LogNotEmpty(ILogger logger, int left, int count, double seconds);
}
