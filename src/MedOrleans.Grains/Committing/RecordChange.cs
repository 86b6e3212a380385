using System.Text.Json;
using MedOrleans.Records;

namespace MedOrleans.Grains.Committing;

/// <summary>By how many a commit changes what a hospital has.</summary>
/// <param name="Resources">Resources that exist.</param>
/// <param name="Patients">Patients that are active: those that exist and do not say <c>active: false</c>.</param>
/// <param name="Encounters">Encounters under way: arrived, triaged, in progress or on leave.</param>
internal readonly record struct RecordChange(int Resources, int Patients, int Encounters)
{
    /// <summary>What one new version changes.</summary>
    /// <param name="before">The version that was current; null where there was none.</param>
    /// <param name="after">The new one.</param>
    public static RecordChange Of(StoredVersion? before, StoredVersion after)
    {
        var resources = Exists(after) - Exists(before);
        return after.Type switch
        {
            "Patient" => new RecordChange(resources, IsActive(after) - IsActive(before), 0),
            "Encounter" => new RecordChange(resources, 0, IsActive(after) - IsActive(before)),
            _ => new RecordChange(resources, 0, 0),
        };
    }

    /// <summary>Adds up.</summary>
    public static RecordChange operator +(RecordChange one, RecordChange other) =>
        new(one.Resources + other.Resources, one.Patients + other.Patients, one.Encounters + other.Encounters);

    private static int Exists(StoredVersion? version) => version is { Deleted: false } ? 1 : 0;

    private static int IsActive(StoredVersion? version)
    {
        if (version is not { Deleted: false })
        {
            return 0;
        }

        var isPatient = version.Type == "Patient";
        var json = new Utf8JsonReader(version.Body);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var asked = json.ValueTextEquals(isPatient ? "active"u8 : "status"u8);
            json.Read();
            if (!asked)
            {
                json.Skip();
            }
            else if (isPatient)
            {
                return json.TokenType == JsonTokenType.False ? 0 : 1;
            }
            else
            {
                return json.ValueTextEquals("in-progress"u8) || json.ValueTextEquals("arrived"u8) || json.ValueTextEquals("triaged"u8) || json.ValueTextEquals("onleave"u8) ? 1 : 0;
            }
        }

        return isPatient ? 1 : 0;
    }
}
