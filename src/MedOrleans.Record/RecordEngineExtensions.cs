using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Wards;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Record;

/// <summary>Registers the FHIR engine: what reads resources and searches, without any store.</summary>
public static class RecordEngineExtensions
{
    /// <summary>Adds <see cref="ResourceReader"/>, <see cref="IndexExtractor"/>, <see cref="SearchQueryParser"/> and the catalogue of R4 that they stand on.</summary>
    public static IServiceCollection AddRecordEngine(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => SearchParameterCatalog.R4);
        services.TryAddSingleton<IndexExtractor>();
        services.TryAddSingleton(provider => new ResourceReader(provider.GetRequiredService<IndexExtractor>()));
        services.TryAddSingleton<SearchQueryParser>();
        services.TryAddSingleton<WardCensus>();
        return services;
    }
}
