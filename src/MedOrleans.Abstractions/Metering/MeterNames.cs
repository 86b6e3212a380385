namespace MedOrleans.Metering;

/// <summary>
/// The names of what is metered. What each one means, its unit, and how exact it is, is in the catalogue: <c>GET /admin/meters</c>.
/// </summary>
public static class MeterNames
{
    /// <summary>Reads.</summary>
    public const string ApiRead = "api.read";

    /// <summary>Searches.</summary>
    public const string ApiSearch = "api.search";

    /// <summary>Committed versions.</summary>
    public const string ApiWrite = "api.write";

    /// <summary>Bundles and bulk loads.</summary>
    public const string ApiBulk = "api.bulk";

    /// <summary>Milliseconds of grain work.</summary>
    public const string GrainMilliseconds = "grain.ms";

    /// <summary>Bytes taken in.</summary>
    public const string NetworkIn = "network.in";

    /// <summary>Bytes given out.</summary>
    public const string NetworkOut = "network.out";

    /// <summary>Bytes of stored versions.</summary>
    public const string StorageBytes = "storage.bytes";

    /// <summary>Stored bytes over time.</summary>
    public const string StorageByteHours = "storage.byte_hours";

    /// <summary>Resources that exist.</summary>
    public const string RecordResources = "record.resources";

    /// <summary>HL7 v2 messages.</summary>
    public const string Hl7Messages = "hl7.messages";

    /// <summary>Patients that are active.</summary>
    public const string PatientsActive = "patients.active";

    /// <summary>Encounters under way.</summary>
    public const string EncountersActive = "encounters.active";

    /// <summary>Sign-ins.</summary>
    public const string Sessions = "sessions";

    /// <summary>Rows of exports.</summary>
    public const string ExportRows = "export.rows";
}
