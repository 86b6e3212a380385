using MedOrleans.Cluster;
using MedOrleans.Encounters;
using MedOrleans.Orders;
using MedOrleans.Patients;
using MedOrleans.Records;
using MedOrleans.Schedules;
using MedOrleans.Tenants;
using MedOrleans.Wards;

namespace MedOrleans;

/// <summary>Finds the grains that a HIS frontend works with.</summary>
public static class GrainFactoryExtensions
{
    /// <summary>A patient.</summary>
    public static IPatientGrain GetPatient(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IPatientGrain>(new ResourceKey(tenant, "Patient", id).ToString());

    /// <summary>An encounter.</summary>
    public static IEncounterGrain GetEncounter(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IEncounterGrain>(new ResourceKey(tenant, "Encounter", id).ToString());

    /// <summary>A ward, a room or a bed, by the id of its Location.</summary>
    public static IWardGrain GetWard(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IWardGrain>(new ResourceKey(tenant, "Location", id).ToString());

    /// <summary>An appointment.</summary>
    public static IAppointmentGrain GetAppointment(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IAppointmentGrain>(new ResourceKey(tenant, "Appointment", id).ToString());

    /// <summary>A schedule.</summary>
    public static IScheduleGrain GetSchedule(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IScheduleGrain>(new ResourceKey(tenant, "Schedule", id).ToString());

    /// <summary>An order, by the id of its ServiceRequest.</summary>
    public static IOrderGrain GetOrder(this IGrainFactory grains, TenantId tenant, string id) =>
        grains.GetGrain<IOrderGrain>(new ResourceKey(tenant, "ServiceRequest", id).ToString());

    /// <summary>A resource of any type; a patient's or an encounter's is the same grain as from the methods above.</summary>
    public static IRecordGrain GetRecord(this IGrainFactory grains, TenantId tenant, string type, string id) =>
        grains.GetGrain<IRecordGrain>(GrainId.Create(ResourceOwners.GrainTypeOf(type), new ResourceKey(tenant, type, id).ToString()));

    /// <summary>The record as a whole: creates and searches.</summary>
    public static IHospitalRecordGrain GetHospitalRecord(this IGrainFactory grains, TenantId tenant) =>
        grains.GetGrain<IHospitalRecordGrain>(tenant.Value);

    /// <summary>The hospital itself.</summary>
    public static ITenantGrain GetTenant(this IGrainFactory grains, TenantId tenant) => grains.GetGrain<ITenantGrain>(tenant.Value);
}
