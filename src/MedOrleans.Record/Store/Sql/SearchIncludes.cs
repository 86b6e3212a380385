using MedOrleans.Record.Search;
using MedOrleans.Records;

namespace MedOrleans.Record.Store.Sql;

/// <summary>What comes along with a page by <c>_include</c> and <c>_revinclude</c>, through the reference entries of the index.</summary>
/// <param name="query">The search.</param>
/// <param name="find">Runs a statement whose columns are those of a version.</param>
/// <param name="readMany">Reads resources by their ids.</param>
/// <param name="keys">The text keys that a page's resources have under a parameter.</param>
internal sealed class SearchIncludes(
    SearchQuery query,
    Func<SearchQuery, Task<IReadOnlyList<StoredVersion>>> find,
    Func<IReadOnlyList<ResourceId>, Task<IReadOnlyList<StoredVersion>>> readMany,
    Func<IReadOnlyList<ResourceId>, int, Task<IReadOnlyList<string>>> keys)
{
    private const int MostResources = 1000;
    private const int MostRounds = 4;

    /// <summary>The resources that come along; none of <paramref name="matches"/>, none twice.</summary>
    public async Task<IReadOnlyList<StoredVersion>> FollowAsync(IReadOnlyList<StoredVersion> matches)
    {
        var included = new List<StoredVersion>();
        var have = matches.Select(match => new ResourceId(match.Type, match.Id)).ToHashSet();
        var from = matches;
        for (var round = 0; round < MostRounds && from.Count > 0 && included.Count < MostResources; round++)
        {
            var next = new List<StoredVersion>();
            foreach (var include in query.Includes.Where(include => round == 0 || include.Iterate))
            {
                await AddAsync(await ForwardAsync(include, from), next);
            }

            foreach (var include in query.ReverseIncludes.Where(include => round == 0 || include.Iterate))
            {
                await AddAsync(await BackAsync(include, from), next);
            }

            from = next;
        }

        return included;

        Task AddAsync(IReadOnlyList<StoredVersion> found, List<StoredVersion> next)
        {
            foreach (var resource in found)
            {
                if (included.Count < MostResources && have.Add(new ResourceId(resource.Type, resource.Id)))
                {
                    included.Add(resource);
                    next.Add(resource);
                }
            }

            return Task.CompletedTask;
        }
    }

    private async Task<IReadOnlyList<StoredVersion>> ForwardAsync(SearchInclude include, IReadOnlyList<StoredVersion> from)
    {
        var sources = from.Where(resource => resource.Type == include.SourceType).Select(resource => new ResourceId(resource.Type, resource.Id)).ToList();
        if (sources.Count == 0)
        {
            return [];
        }

        var targets = new HashSet<ResourceId>();
        foreach (var key in await keys(sources, include.Parameter))
        {
            if (key.Split('/') is [var type, var id] && (include.TargetType is null || include.TargetType == type))
            {
                targets.Add(new ResourceId(type, id));
            }
        }

        return await readMany([.. targets.Take(MostResources)]);
    }

    private Task<IReadOnlyList<StoredVersion>> BackAsync(SearchInclude include, IReadOnlyList<StoredVersion> from)
    {
        var targets = from.Where(resource => include.TargetType is null || resource.Type == include.TargetType)
            .Select(SearchPredicate (resource) => new TextIs(include.Parameter, $"{resource.Type}/{resource.Id}")).ToList();
        return targets.Count == 0
            ? Task.FromResult<IReadOnlyList<StoredVersion>>([])
            : find(new SearchQuery { Tenant = query.Tenant, Type = include.SourceType, Criteria = [new SearchCriterion(targets)], Count = MostResources });
    }
}
