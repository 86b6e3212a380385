using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Record;

/// <summary>Registers the FHIR engine: what reads resources and searches, without any store.</summary>
public static class RecordEngineExtensions
{
    /// <summary>Adds <see cref="ResourceReader"/>, <see cref="SearchQueryParser"/> and the catalogue of R4 that both stand on.</summary>
    public static IServiceCollection AddRecordEngine(this IServiceCollection services)
    {
        services.TryAddSingleton(SearchParameterCatalog.R4);
        services.TryAddSingleton<ResourceReader>();
        services.TryAddSingleton<SearchQueryParser>();
        return services;
    }
}
