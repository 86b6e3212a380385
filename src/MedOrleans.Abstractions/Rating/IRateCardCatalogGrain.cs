namespace MedOrleans.Rating;

/// <summary>The rate cards, for the cluster's own edge and statements. One grain, its key <see cref="Key"/>.</summary>
[Alias("MedOrleans.IRateCardCatalogGrain")]
public interface IRateCardCatalogGrain : IGrainWithStringKey
{
    /// <summary>The key.</summary>
    const string Key = "rate-cards";

    /// <summary>The card that there is without anybody putting one.</summary>
    const string Standard = "standard";

    /// <summary>Every rate card, in order of id.</summary>
    [Alias("List")]
    Task<IReadOnlyList<RateCard>> ListAsync();

    /// <summary>A rate card; null where there is none of that id.</summary>
    [Alias("Find")]
    Task<RateCard?> FindAsync(string id);

    /// <summary>Adds a rate card or changes one. What a closed statement was priced by cannot be changed.</summary>
    /// <returns>What is wrong with it; empty once it is kept.</returns>
    [Alias("Put")]
    Task<IReadOnlyList<string>> PutAsync(RateCard card);

    /// <summary>The cards of those ids that there are; from now on what they say of the time before that moment stays as it is.</summary>
    [Alias("Use")]
    Task<IReadOnlyList<RateCard>> UseAsync(IReadOnlyList<string> ids, DateTimeOffset to);
}
