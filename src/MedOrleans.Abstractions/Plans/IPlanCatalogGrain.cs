namespace MedOrleans.Plans;

/// <summary>The plans that hospitals can have, for the cluster's own edge. One grain, its key <see cref="Key"/>; nothing asks it once a request.</summary>
[Alias("MedOrleans.IPlanCatalogGrain")]
public interface IPlanCatalogGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "plans";

    /// <summary>The plan of a hospital that chose none.</summary>
    const string DefaultPlan = "hospital";

    /// <summary>Every plan, the built-in <c>clinic</c>, <c>hospital</c> and <c>university</c> among them, in order of id.</summary>
    [Alias("List")]
    Task<IReadOnlyList<Plan>> ListAsync();

    /// <summary>A plan; null where there is none of that id.</summary>
    [Alias("Find")]
    Task<Plan?> FindAsync(string id);

    /// <summary>Adds a plan or changes one, a built-in one too; hospitals that have it feel the change within seconds.</summary>
    /// <returns>What is wrong with it; empty once it is kept.</returns>
    [Alias("Put")]
    Task<IReadOnlyList<string>> PutAsync(Plan plan);
}
