using System.Buffers.Binary;
using MedOrleans.Cluster;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.Grains.Records;

/// <summary>What a write does to a resource, as pure functions over its current version.</summary>
internal static class WriteRules
{
    /// <summary>How often a write that takes whichever version is current is decided anew where another was faster: often enough that two owners of one resource, as there are for moments where a network is cut, both get through.</summary>
    public const int Tries = 16;

    /// <summary>What the clocks of a cluster's machines may differ by.</summary>
    private static readonly TimeSpan s_clocks = TimeSpan.FromMilliseconds(50);

    /// <summary>Decides a write.</summary>
    /// <param name="current">The current version; null where the resource was never made.</param>
    /// <param name="kind">What the write does.</param>
    /// <param name="ifMatch">The version that must be current; null to take whichever is.</param>
    /// <param name="commandId">The command: where it made the current version already, this is a retry.</param>
    /// <returns>The reply where nothing is to be committed; null where the write goes on.</returns>
    public static WriteReply? Decide(StoredVersion? current, WriteKind kind, long? ifMatch, Guid commandId)
    {
        if (current is not null && current.CommandId == commandId)
        {
            return new WriteReply { Status = Done(current.Deleted ? WriteKind.Delete : kind, current.Version == 1), Stored = current };
        }

        var exists = current is { Deleted: false };
        if (ifMatch is { } version && (!exists || current!.Version != version))
        {
            return Refused(WriteStatus.VersionConflict, current, "conflict", "The version given in If-Match is not the current one.");
        }

        return kind switch
        {
            WriteKind.Delete when !exists => new WriteReply { Status = WriteStatus.Unchanged, Stored = current },
            WriteKind.Create when exists => Refused(WriteStatus.VersionConflict, current, "conflict", "There is a resource of this id already."),
            _ => null,
        };
    }

    /// <summary>
    /// Whether the current version may stand before one that the command made already: it was made after the command was. So a command that was under way for long, and came
    /// after its own repetition, is told from a new one.
    /// </summary>
    /// <param name="current">The current version.</param>
    /// <param name="commandId">The command; where it is no UUID of version 7, nobody knows when it was made.</param>
    public static bool MayHide(StoredVersion current, Guid commandId)
    {
        if (commandId.Version != 7)
        {
            return current.CommandId != commandId;
        }

        Span<byte> bytes = stackalloc byte[16];
        commandId.TryWriteBytes(bytes, bigEndian: true, out _);
        var made = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
        return current.CommandId != commandId && current.LastUpdated + s_clocks >= made;
    }

    /// <summary>The status of a committed write.</summary>
    public static WriteStatus Done(WriteKind kind, bool made) => kind switch
    {
        WriteKind.Delete => WriteStatus.Deleted,
        _ when made => WriteStatus.Created,
        _ => WriteStatus.Updated,
    };

    /// <summary>When the next version is made: now, to the millisecond, and always after the one before.</summary>
    public static DateTimeOffset Next(StoredVersion? current, DateTimeOffset now)
    {
        var time = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);
        return current is not null && time <= current.LastUpdated ? current.LastUpdated.AddMilliseconds(1) : time;
    }

    /// <summary>When the next versions of several are made: one time for all, so that no moment of the past has only some of them.</summary>
    public static DateTimeOffset Next(IEnumerable<StoredVersion?> current, DateTimeOffset now) => current.Aggregate(Next((StoredVersion?)null, now), static (latest, version) => Next(version, latest));

    /// <summary>The next version, stamped, as it will be stored and as it will be read.</summary>
    public static (CommitItem Item, StoredVersion Stored) Make(
        string type, string id, StoredVersion? current, WriteKind kind, PreparedResource? resource, DateTimeOffset now, Guid commandId)
    {
        var version = (current?.Version ?? 0) + 1;
        var time = Next(current, now);
        var body = kind == WriteKind.Delete ? [] : resource!.Stamp(version, time);
        var item = new CommitItem
        {
            Type = type,
            Id = id,
            ExpectedVersion = version - 1,
            Kind = kind == WriteKind.Update && current is not { Deleted: false } ? WriteKind.Create : kind,
            LastUpdated = time,
            Body = body,
            Text = kind == WriteKind.Delete ? [] : resource!.Text,
            Range = kind == WriteKind.Delete ? [] : resource!.Range,
        };
        var stored = new StoredVersion
        {
            Type = type,
            Id = id,
            Version = version,
            LastUpdated = time,
            Deleted = kind == WriteKind.Delete,
            Body = body,
            CommandId = commandId,
        };
        return (item, stored);
    }

    /// <summary>A refusal with its reason.</summary>
    public static WriteReply Refused(WriteStatus status, StoredVersion? current, string code, string details, string? expression = null) => new()
    {
        Status = status,
        Stored = current,
        Issues = [new Issue(code, details, expression)],
    };
}
