using System.Text;
using CsCheck;
using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.IntegrationTests.Record;

/// <summary>The simplest thing that a record store may be mistaken for: every version of one hospital in a list.</summary>
internal sealed class RecordStoreModel(TenantId tenant)
{
    /// <summary>Text entries of a name, and of a kind that every resource has.</summary>
    public const int Name = 11;

    /// <summary>Range entries.</summary>
    public const int Date = 12;

    private const int Start = 1_772_352_000;
    private static readonly string[] s_types = ["Patient", "Observation"];
    private static readonly string[] s_names = ["ahl", "ahlberg", "ek", "eklund"];

    /// <summary>Some commits, in groups as a committer makes them.</summary>
    public static Gen<Group[]> Groups { get; } = Gen.Select(
        Changes().Array[1, 3].Array[1, 4], Gen.Int[1, 4], (commits, page) => new Group(commits, page)).Array[1, 8];

    /// <summary>Every committed version, in order; <c>Order</c> counts the resources as they were made.</summary>
    private readonly List<(CommitItem Item, long Version, Guid Command, long Order)> _versions = [];

    /// <summary>One change of one resource, against the version that is current or one off.</summary>
    /// <param name="Type">Patient or Observation.</param>
    /// <param name="Id">One of a few ids.</param>
    /// <param name="Off">0 for the right version.</param>
    /// <param name="Delete">Whether it deletes.</param>
    /// <param name="Names">Indexed names.</param>
    /// <param name="Dates">Indexed ranges.</param>
    internal sealed record Change(string Type, string Id, int Off, bool Delete, string[] Names, (int Low, int Length)[] Dates);

    /// <summary>Commits that are handed to the store together, and the size of the pages that they are looked at in.</summary>
    internal sealed record Group(Change[][] Commits, int Page);

    /// <summary>The group as the store takes it.</summary>
    public IReadOnlyList<RecordCommit> Commits(Group group, int round) => [.. group.Commits.Select(changes => new RecordCommit
    {
        Tenant = tenant,
        Caller = new Caller($"agent{round}"),
        CommandId = Guid.NewGuid(),
        Items = [.. changes.DistinctBy(change => (change.Type, change.Id)).Select(change => Item(change, round))],
        Usage = [new UsageQuantity(MeterNames.ApiWrite, changes.DistinctBy(change => (change.Type, change.Id)).Count())],
    })];

    /// <summary>Takes a commit where it fits, and gives the resources that it does not fit otherwise.</summary>
    public List<ResourceId> Apply(RecordCommit commit)
    {
        List<ResourceId> conflicts = [.. commit.Items.Where(item => item.ExpectedVersion != VersionOf(item.Type, item.Id)).Select(item => new ResourceId(item.Type, item.Id))];
        if (conflicts.Count == 0)
        {
            foreach (var item in commit.Items)
            {
                var first = _versions.Find(version => version.Item.Type == item.Type && version.Item.Id == item.Id);
                _versions.Add((item, item.ExpectedVersion + 1, commit.CommandId, first.Item is null ? _versions.Count : first.Order));
            }
        }

        return conflicts;
    }

    /// <summary>Compares everything that the store says with what is so.</summary>
    public async Task CompareAsync(IRecordStore store, int page)
    {
        await CompareResourcesAsync(store);
        foreach (var (type, id) in _versions.Select(version => (version.Item.Type, version.Item.Id)).Distinct().Append(("Patient", "never")))
        {
            await CompareHistoryAsync(store, new HistoryQuery { Tenant = tenant, Type = type, Id = id, Count = page });
        }

        foreach (var since in new DateTimeOffset?[] { null, Time(3) })
        {
            await CompareHistoryAsync(store, new HistoryQuery { Tenant = tenant, Count = page, Since = since });
            await CompareHistoryAsync(store, new HistoryQuery { Tenant = tenant, Type = "Observation", Count = page, Since = since });
        }

        await CompareTrailAsync(store, page);
        foreach (var criterion in Criteria())
        {
            foreach (var sort in (SearchSort?[])[null, new(SortTarget.Id, 0, true), new(SortTarget.Range, Date, false), new(SortTarget.Text, Name, true), new(SortTarget.LastUpdated, 0, true)])
            {
                await CompareSearchAsync(store, criterion, sort, page);
            }
        }
    }

    private static Gen<Change> Changes() => Gen.Select(
        Gen.Int[0, s_types.Length - 1].Select(i => s_types[i]), Gen.Int[0, 2], Gen.Frequency((6, Gen.Const(0)), (1, Gen.Const(-1)), (1, Gen.Const(1))), Gen.Frequency((4, Gen.Const(false)), (1, Gen.Const(true))),
        Gen.Int[0, s_names.Length - 1].Select(i => s_names[i]).Array[0, 2], Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3]).Array[0, 2],
        (type, id, off, delete, names, dates) => new Change(type, $"r{id}", off, delete, names, dates));

    private static DateTimeOffset Time(int round) => DateTimeOffset.FromUnixTimeSeconds(Start + round);

    private long VersionOf(string type, string id) => _versions.Count(version => version.Item.Type == type && version.Item.Id == id);

    private CommitItem Item(Change change, int round)
    {
        var expected = Math.Max(0, VersionOf(change.Type, change.Id) + change.Off);

        // A parameter's number belongs to one type.
        var own = change.Type == "Patient" ? 0 : 100;
        return new CommitItem
        {
            Type = change.Type,
            Id = change.Id,
            ExpectedVersion = expected,
            Kind = expected == 0 ? WriteKind.Create : change.Delete ? WriteKind.Delete : WriteKind.Update,
            LastUpdated = Time(round),
            Body = change.Delete && expected > 0 ? [] : Encoding.UTF8.GetBytes($"{change.Type}/{change.Id} of round {round}"),
            Text = change.Delete && expected > 0 ? [] : [.. change.Names.Distinct().Select(name => new TextIndexEntry(Name + own, name))],
            Range = change.Delete && expected > 0 ? [] : [.. change.Dates.Distinct().Select(date => new RangeIndexEntry(Date + own, "", date.Low, date.Low + date.Length))],
        };
    }

    private async Task CompareResourcesAsync(IRecordStore store)
    {
        var resources = _versions.Select(version => new ResourceId(version.Item.Type, version.Item.Id)).Distinct().ToList();
        foreach (var (type, id) in resources.Append(new ResourceId("Patient", "never")))
        {
            var past = _versions.Where(version => version.Item.Type == type && version.Item.Id == id).ToList();
            var current = await store.ReadAsync(new ResourceKey(tenant, type, id), default);
            Assert.Equal(past.Count, current?.Version ?? 0);
            for (var number = 0; number <= past.Count + 1; number++)
            {
                var read = await store.ReadVersionAsync(new ResourceKey(tenant, type, id), number, default);
                Assert.Equal(number >= 1 && number <= past.Count, read is not null);
                if (read is not null)
                {
                    var (item, version, command, _) = past[number - 1];
                    Assert.Equal((version, item.LastUpdated, item.Kind == WriteKind.Delete, command), (read.Version, read.LastUpdated, read.Deleted, read.CommandId));
                    Assert.Equal(item.Body, read.Body);
                }
            }
        }

        var there = Current(null).Select(current => (current.Item.Type, current.Item.Id, current.Version)).Order();
        Assert.Equal(there, (await store.ReadManyAsync(tenant, [.. resources, new ResourceId("Patient", "never")], default)).Select(stored => (stored.Type, stored.Id, stored.Version)).Order());
        var counts = await store.CountsAsync(tenant, default);
        Assert.Equal(Current(null).GroupBy(current => current.Item.Type).ToDictionary(type => type.Key, type => (long)type.Count()), counts.ResourcesByType);
        Assert.Equal(_versions.Count, counts.Versions);
    }

    private async Task CompareHistoryAsync(IRecordStore store, HistoryQuery query)
    {
        var seen = new List<(string, string, long, WriteKind)>();
        long? total;
        do
        {
            var page = await store.HistoryAsync(query, default);
            Assert.InRange(page.Entries.Count, page.Next is null ? 0 : query.Count, query.Count);
            seen.AddRange(page.Entries.Select(entry => (entry.Stored.Type, entry.Stored.Id, entry.Stored.Version, entry.Kind)));
            query = query with { Before = page.Next };
            total = page.Total;
        }
        while (query.Before is not null);

        var expected = _versions
            .Where(version => (query.Type ?? version.Item.Type) == version.Item.Type && (query.Id ?? version.Item.Id) == version.Item.Id)
            .Where(version => query.Since is null || version.Item.LastUpdated >= query.Since)
            .Select(version => (version.Item.Type, version.Item.Id, version.Version, version.Item.Kind)).Reverse().ToList();
        Assert.Equal(expected, seen);
        Assert.Equal(query.Id is null ? null : expected.Count, total);
    }

    private async Task CompareTrailAsync(IRecordStore store, int page)
    {
        var query = new AuditQuery { Tenant = tenant, Kind = WriteKind.Update, Count = page };
        var seen = new List<(string, string, long, Guid)>();
        do
        {
            var rows = await store.AuditAsync(query, default);
            seen.AddRange(rows.Rows.Select(row => (row.Type, row.Id, row.Version, row.CommandId)));
            query = query with { Before = rows.Next };
        }
        while (query.Before is not null);
        Assert.Equal(_versions.Where(version => version.Item.Kind == WriteKind.Update).Select(version => (version.Item.Type, version.Item.Id, version.Version, version.Command)).Reverse(), seen);

        var used = await store.UsageAsync(tenant, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), default);
        Assert.Equal(_versions.Count, used.Where(bucket => bucket.Meter == MeterNames.ApiWrite).Sum(bucket => bucket.Quantity));
    }

    private async Task CompareSearchAsync(IRecordStore store, (SearchCriterion[] Criteria, Func<CommitItem, bool> Fits) criterion, SearchSort? sort, int count)
    {
        var query = new SearchQuery { Tenant = tenant, Type = "Patient", Criteria = criterion.Criteria, Sort = sort is null ? [] : [sort], Count = count, WithTotal = true };
        var expected = Current("Patient").Where(current => criterion.Fits(current.Item)).OrderBy(current => current.Order).ToList();
        expected = sort?.Target switch
        {
            SortTarget.Id => [.. expected.OrderByDescending(current => current.Item.Id, StringComparer.Ordinal)],
            SortTarget.LastUpdated => [.. expected.OrderByDescending(current => current.Item.LastUpdated)],
            SortTarget.Range => [.. expected.OrderBy(current => current.Item.Range.Length == 0).ThenBy(current => current.Item.Range.Select(range => range.Low).DefaultIfEmpty().Min())],
            SortTarget.Text => [.. expected.OrderBy(current => current.Item.Text.Length == 0).ThenByDescending(current => current.Item.Text.Select(text => text.Key).Order(StringComparer.Ordinal).LastOrDefault(), StringComparer.Ordinal)],
            _ => expected,
        };
        var seen = new List<(string, long)>();
        do
        {
            var page = await store.SearchAsync(query, default);
            Assert.Equal(expected.Count, page.Total);
            Assert.InRange(page.Matches.Count, page.Next is null ? 0 : 1, count);
            seen.AddRange(page.Matches.Select(match => (match.Id, match.Version)));
            query = query with { Cursor = page.Next };
        }
        while (query.Cursor is not null);

        // An order that nobody asked for is the store's to choose; each match comes once.
        var there = expected.Select(current => (current.Item.Id, current.Version));
        Assert.Equal(sort is null ? there.Order() : there, sort is null ? seen.Order() : seen);
        Assert.Equal(expected.Count, await store.CountAsync(query, default));
    }

    private static IEnumerable<(SearchCriterion[] Criteria, Func<CommitItem, bool> Fits)> Criteria()
    {
        yield return ([], _ => true);
        yield return ([new([new TextIs(Name, "ek")])], item => item.Text.Any(text => text.Key == "ek"));
        yield return ([new([new TextStartsWith(Name, "ek")])], item => item.Text.Any(text => text.Key.StartsWith("ek", StringComparison.Ordinal)));
        yield return ([new([new TextIs(Name, "ek"), new TextIs(Name, "ahl")], Negated: true)], item => !item.Text.Any(text => text.Key is "ek" or "ahl"));
        yield return ([new([new IsMissing(Name, InRange: false, Missing: true)])], item => item.Text.Length == 0);
        yield return ([new([new IdIs("r0"), new IdIs("r2")])], item => item.Id is "r0" or "r2");
        yield return ([new([new RangeIs(Date, "", RangeComparison.ReachesAboveOrWithin, 3, 4)])], item => item.Range.Any(range => range.High > 4 || (range.Low >= 3 && range.High <= 4)));
        yield return ([new([new RangeIs(Date, "", RangeComparison.Overlaps, 2, 3)]), new([new TextContains(Name, "hl")])],
            item => item.Range.Any(range => range.Low <= 3 && range.High >= 2) && item.Text.Any(text => text.Key.Contains("hl", StringComparison.Ordinal)));
        var micros = (Time(2) - DateTimeOffset.UnixEpoch).TotalMicroseconds;
        yield return ([new([new LastUpdatedIs(RangeComparison.StartsAfter, micros, micros)])], item => item.LastUpdated > Time(2));
    }

    private IEnumerable<(CommitItem Item, long Version, long Order)> Current(string? type) => _versions
        .GroupBy(version => (version.Item.Type, version.Item.Id))
        .Select(resource => resource.Last())
        .Where(version => version.Item.Kind != WriteKind.Delete && (type ?? version.Item.Type) == version.Item.Type)
        .Select(version => (version.Item, version.Version, version.Order));
}

public abstract partial class RecordStoreContract
{
    private static int s_hospitals;

    /// <summary>Groups of commits at random, some against a version that is not current: what the store says is what a plain list says.</summary>
    [Fact]
    public Task Commits_AtRandom_ReadAsAListOfVersionsDoes() => RecordStoreModel.Groups.SampleAsync(
        async groups =>
        {
            var tenant = TenantId.Parse($"model{Interlocked.Increment(ref s_hospitals)}");
            await Store.RegisterTenantAsync(tenant, default);
            var model = new RecordStoreModel(tenant);
            for (var round = 0; round < groups.Length; round++)
            {
                var commits = model.Commits(groups[round], round);
                var outcomes = await Store.CommitAsync(commits, default);
                foreach (var (commit, outcome) in commits.Zip(outcomes))
                {
                    var conflicts = model.Apply(commit);
                    Assert.Equal(conflicts.Count == 0, outcome.Committed);
                    Assert.Equal(conflicts, outcome.Conflicts);
                }
            }

            await model.CompareAsync(Store, groups[^1].Page);
        },
        iter: 60,
        threads: 1,
        print: groups => string.Join('\n', groups.Select(group => string.Join(" + ", group.Commits.Select(commit => string.Join(", ", commit.Select(change => change.ToString())))))));
}
