using System.Collections.Frozen;

namespace MedOrleans.Metering.Usage;

/// <summary>How a meter's quantities add up.</summary>
public enum MeterKind
{
    /// <summary>Quantities are use: those of hours add up to those of days and months.</summary>
    Counter,

    /// <summary>Quantities are changes: their sum since the beginning is the level at the time.</summary>
    Gauge,
}

/// <summary>How near a meter is to the truth after any crash.</summary>
public enum MeterExactness
{
    /// <summary>Committed with the work itself: metered is what happened, whatever fails.</summary>
    Exact,

    /// <summary>Counted in memory and flushed: a process that is killed loses at most what it counted since its last flush.</summary>
    WithinFlushInterval,

    /// <summary>Computed from exact meters when it is asked for.</summary>
    Derived,
}

/// <summary>What is metered under a name.</summary>
/// <param name="Name">Lower case, parted by dots.</param>
/// <param name="Unit">What one of it is.</param>
/// <param name="Class">The pool or the part of the record that it belongs to: requests, compute, network, storage, record, sessions, exchange.</param>
/// <param name="Kind">How quantities add up.</param>
/// <param name="Exactness">How near it is to the truth.</param>
/// <param name="Definition">What counts, and what does not.</param>
public sealed record Meter(string Name, string Unit, string Class, MeterKind Kind, MeterExactness Exactness, string Definition);

/// <summary>The catalogue: every meter that there is.</summary>
public static class Meters
{
    /// <summary>All meters, in the order in which they are shown.</summary>
    public static IReadOnlyList<Meter> All { get; } =
    [
        new(MeterNames.ApiRead, "call", "requests", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Reads of one resource, of a version and of histories: by FHIR, as an entry of a Bundle, and by .NET clients. An answer of 304, 404 or 410 counts; one of 429 or 500 and above does not."),
        new(MeterNames.ApiSearch, "call", "requests", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Searches, each page one: by FHIR, as an entry of a Bundle, and by .NET clients. An answer of 429 or 500 and above does not count."),
        new(MeterNames.ApiWrite, "version", "requests", MeterKind.Counter, MeterExactness.Exact,
            "Committed versions: creates, updates and deletions, however they came, each entry of a Bundle and each line of a bulk load one. What was refused, or changed nothing, does not count."),
        new(MeterNames.ApiBulk, "call", "requests", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Batch and transaction Bundles and bulk loads, each request one, beside what their entries cost. An answer of 429 or 500 and above does not count."),
        new(MeterNames.GrainMilliseconds, "millisecond", "compute", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "The time from a call's arrival at a grain of the hospital's record to its answer, for calls from gateways and .NET clients; calls that grains make among themselves are within it. Parts of a millisecond are kept until they make one."),
        new(MeterNames.NetworkIn, "byte", "network", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Bytes of request bodies, decompressed. Those of committed writes are exact; those of searches, and of what was refused, are within one flush interval. Of a batch the entries that were committed count."),
        new(MeterNames.NetworkOut, "byte", "network", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Bytes of answers' bodies before compression, by FHIR and of the versions that .NET clients read; headers do not count."),
        new(MeterNames.StorageBytes, "byte", "storage", MeterKind.Gauge, MeterExactness.Exact,
            "Bytes of the versions that are kept, the present and all past ones, as a read returns them; what indexes and the audit columns take is not counted. Quantities are the bytes added."),
        new(MeterNames.StorageByteHours, "byte-hour", "storage", MeterKind.Counter, MeterExactness.Derived,
            "Stored bytes over time: for each hour that is over, the bytes stored at its end. Computed from storage.bytes."),
        new(MeterNames.RecordResources, "resource", "record", MeterKind.Gauge, MeterExactness.Exact,
            "Resources that exist: those made, less those deleted."),
        new(MeterNames.PatientsActive, "patient", "record", MeterKind.Gauge, MeterExactness.Exact,
            "Patient resources that exist and do not say active: false."),
        new(MeterNames.EncountersActive, "encounter", "record", MeterKind.Gauge, MeterExactness.Exact,
            "Encounter resources whose status is arrived, triaged, in-progress or onleave."),
        new(MeterNames.Sessions, "session", "sessions", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Access tokens issued to the hospital's clients. Those of an external issuer are issued elsewhere and do not count."),
        new(MeterNames.Hl7Messages, "message", "exchange", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "HL7 v2 messages that were answered, repeated and refused ones too."),
        new(MeterNames.ExportRows, "row", "exchange", MeterKind.Counter, MeterExactness.WithinFlushInterval,
            "Rows of exports that were handed out, one a version."),
    ];

    private static readonly FrozenDictionary<string, Meter> s_byName = All.ToFrozenDictionary(meter => meter.Name, StringComparer.Ordinal);

    /// <summary>The meter of that name; null where there is none.</summary>
    public static Meter? Find(string name) => s_byName.GetValueOrDefault(name);
}
