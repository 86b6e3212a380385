using System.Text;
using MedOrleans.Cluster;
using MedOrleans.Metering;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;

namespace MedOrleans.IntegrationTests.Record;

/// <summary>What every record store does; one class a store runs these same claims.</summary>
public abstract partial class RecordStoreContract
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly TenantId s_south = TenantId.Parse("south");
    private static readonly DateTimeOffset s_time = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The store under test, migrated.</summary>
    protected abstract IRecordStore Store { get; }

    /// <summary>The home database in the same place.</summary>
    private protected abstract IHomeDatabase Home { get; }

    /// <summary>The keys that the store seals with.</summary>
    private protected abstract TenantKeys Keys { get; }

    /// <summary>The one body stored under that id, as it is in the database.</summary>
    private protected abstract Task<byte[]> RawBodyAsync(string id);

    /// <summary>Puts a body there past the store.</summary>
    private protected abstract Task SetRawBodyAsync(string id, byte[] body);

    /// <summary>Destroys a hospital's keys past the store.</summary>
    private protected abstract Task DestroyKeysAsync(string tenant);

    [Fact]
    public async Task Commit_NewResource_IsReadBackByteForByte()
    {
        await RegisterAsync();
        var commit = Commit(s_north, Item("Patient", "a", 0, "one"));

        var outcome = Assert.Single(await Store.CommitAsync([commit], default));

        Assert.True(outcome.Committed);
        var stored = await Store.ReadAsync(new ResourceKey(s_north, "Patient", "a"), default);
        Assert.Equal("one", Encoding.UTF8.GetString(stored!.Body));
        Assert.Equal((1, s_time, false, commit.CommandId), (stored.Version, stored.LastUpdated, stored.Deleted, stored.CommandId));
    }

    [Fact]
    public async Task FindCommand_OfAResource_IsTheVersionThatItMade()
    {
        await RegisterAsync();
        var (first, second) = (Commit(s_north, Item("Patient", "a", 0, "one"), Item("Patient", "b", 0, "b")), Commit(s_north, Item("Patient", "a", 1, "two")));
        await Store.CommitAsync([first], default);
        await Store.CommitAsync([second], default);
        var (a, b) = (new ResourceKey(s_north, "Patient", "a"), new ResourceKey(s_north, "Patient", "b"));

        var found = await Store.FindCommandAsync(a, first.CommandId, default);

        Assert.Equal((1L, "one"), (found!.Version, Encoding.UTF8.GetString(found.Body)));
        Assert.Equal(2, (await Store.FindCommandAsync(a, second.CommandId, default))!.Version);
        Assert.Null(await Store.FindCommandAsync(b, second.CommandId, default));
        Assert.Null(await Store.FindCommandAsync(new ResourceKey(s_north, "Patient", "c"), first.CommandId, default));
    }

    [Fact]
    public async Task Commit_VersionMoved_IsRefusedAndItsNeighboursAreTaken()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one"))], default);

        var outcomes = await Store.CommitAsync(
            [Commit(s_north, Item("Patient", "b", 0, "b")), Commit(s_north, Item("Patient", "a", 0, "again")), Commit(s_north, Item("Patient", "c", 0, "c"))], default);

        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome.Committed));
        Assert.Equal([new ResourceId("Patient", "a")], outcomes[1].Conflicts);
        Assert.Equal("one", await BodyAsync("Patient", "a"));
        Assert.Equal("c", await BodyAsync("Patient", "c"));
    }

    [Fact]
    public async Task Commit_OneItemOfSeveralRefused_TakesNoneOfThemAndAllOthers()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one"))], default);

        var outcomes = await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "x", 0, "x")),
                Commit(s_north, Item("Patient", "y", 0, "y"), Item("Patient", "a", 7, "wrong")),
                Commit(s_north, Item("Patient", "z", 0, "z"), Item("Patient", "a", 1, "two")),
            ],
            default);

        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome.Committed));
        Assert.Null(await Store.ReadAsync(new ResourceKey(s_north, "Patient", "y"), default));
        Assert.Equal("two", await BodyAsync("Patient", "a"));
        Assert.Equal(4, (await Store.CountsAsync(s_north, default)).Versions);
    }

    [Fact]
    public async Task Commit_OneResourceTwiceInAGroup_DecidesInOrder()
    {
        await RegisterAsync();

        var outcomes = await Store.CommitAsync(
            [Commit(s_north, Item("Patient", "a", 0, "one")), Commit(s_north, Item("Patient", "a", 1, "two")), Commit(s_north, Item("Patient", "a", 1, "late"))], default);

        Assert.Equal([true, true, false], outcomes.Select(outcome => outcome.Committed));
        Assert.Equal("two", await BodyAsync("Patient", "a"));
    }

    [Fact]
    public async Task Commit_DeletedThenMadeAgain_ContinuesItsVersions()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one"))], default);
        await Store.CommitAsync([Commit(s_north, Deletion("Patient", "a", 1))], default);
        var deleted = await Store.ReadAsync(new ResourceKey(s_north, "Patient", "a"), default);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 2, "three"))], default);

        Assert.True(deleted!.Deleted);
        Assert.Empty(deleted.Body);
        var history = await Store.HistoryAsync(new HistoryQuery { Tenant = s_north, Type = "Patient", Id = "a" }, default);
        Assert.Equal([3L, 2L, 1L], history.Entries.Select(entry => entry.Stored.Version));
        Assert.Equal(3, history.Total);
        Assert.Equal("one", Encoding.UTF8.GetString((await Store.ReadVersionAsync(new ResourceKey(s_north, "Patient", "a"), 1, default))!.Body));
    }

    [Fact]
    public async Task Commit_ManyWritersOnOneResource_OneWinsEachVersion()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "start"))], default);

        var wins = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var version = 1; version <= 20; version++)
            {
                var outcomes = await Store.CommitAsync([Commit(s_north, Item("Patient", "a", version, $"{writer}"))], default);
                if (outcomes[0].Committed)
                {
                    Interlocked.Increment(ref wins);
                }
            }
        }));

        var current = await Store.ReadAsync(new ResourceKey(s_north, "Patient", "a"), default);
        Assert.Equal(wins + 1, current!.Version);
        var history = await Store.HistoryAsync(new HistoryQuery { Tenant = s_north, Type = "Patient", Id = "a" }, default);
        Assert.Equal(Enumerable.Range(1, wins + 1).Reverse().Select(version => (long)version), history.Entries.Select(entry => entry.Stored.Version));
    }

    [Fact]
    public async Task Commit_OfTwoTenants_KeepsThemApart()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "north", Text(1, "k"))), Commit(s_south, Item("Patient", "a", 0, "south", Text(1, "k")))], default);

        Assert.Equal("north", await BodyAsync("Patient", "a"));
        var found = await Store.SearchAsync(new SearchQuery { Tenant = s_south, Type = "Patient", Criteria = [new([new TextIs(1, "k")])] }, default);
        Assert.Equal(["south"], found.Matches.Select(match => Encoding.UTF8.GetString(match.Body)));
        Assert.Single((await Store.HistoryAsync(new HistoryQuery { Tenant = s_north }, default)).Entries);
        Assert.Single((await Store.AuditAsync(new AuditQuery { Tenant = s_south }, default)).Rows);
    }

    [Fact]
    public async Task Read_TenantNotRegistered_IsRefused()
    {
        await RegisterAsync();
        await Assert.ThrowsAsync<RecordStoreException>(() => Store.ReadAsync(new ResourceKey(TenantId.Parse("nobody"), "Patient", "a"), default));
    }

    [Fact]
    public async Task Usage_AfterTakenAndRefusedCommits_EqualsTheCommittedVersions()
    {
        await RegisterAsync();
        await Store.CommitAsync([.. Enumerable.Range(0, 40).Select(i => Commit(s_north, Item("Patient", $"p{i}", 0, "body")))], default);
        await Store.CommitAsync([.. Enumerable.Range(20, 40).Select(i => Commit(s_north, Item("Patient", $"p{i}", 0, "body")))], default);

        var usage = await Store.UsageAsync(s_north, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), default);

        Assert.Equal(60, usage.Where(bucket => bucket.Meter == MeterNames.ApiWrite).Sum(bucket => bucket.Quantity));
        Assert.Equal(60, (await Store.CountsAsync(s_north, default)).ResourcesByType["Patient"]);
    }

    [Fact]
    public async Task Audit_OfEachWrite_SaysWhoFromWhereAndWhy()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one")) with { Caller = new Caller("north.desk", "10.0.0.7", "req-1", "treatment") }], default);
        await Store.CommitAsync([Commit(s_north, Deletion("Patient", "a", 1))], default);

        var rows = (await Store.AuditAsync(new AuditQuery { Tenant = s_north }, default)).Rows;

        Assert.Equal([WriteKind.Delete, WriteKind.Create], rows.Select(row => row.Kind));
        Assert.Equal(new Caller("north.desk", "10.0.0.7", "req-1", "treatment"), rows[1].Caller);
        Assert.Single((await Store.AuditAsync(new AuditQuery { Tenant = s_north, Agent = "north.desk" }, default)).Rows);
    }

    [Fact]
    public async Task History_PagedWhileOthersWrite_NeitherSkipsNorRepeats()
    {
        await RegisterAsync();
        await Store.CommitAsync([.. Enumerable.Range(0, 25).Select(i => Commit(s_north, Item(i % 2 == 0 ? "Patient" : "Observation", $"p{i}", 0, "body")))], default);
        var seen = new List<string>();
        long? before = null;
        do
        {
            var page = await Store.HistoryAsync(new HistoryQuery { Tenant = s_north, Count = 4, Before = before }, default);
            seen.AddRange(page.Entries.Select(entry => entry.Stored.Id));
            before = page.Next;
            await Store.CommitAsync([Commit(s_north, Item("Patient", $"new{seen.Count}", 0, "body"))], default);
        }
        while (before is not null);

        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"p{i}"), seen);
    }

    [Fact]
    public async Task Commit_TransactionOfThousands_IsOneCommit()
    {
        await RegisterAsync();
        var items = Enumerable.Range(0, 5000).Select(i => Item("Observation", $"o{i}", 0, new string('x', 500), Text(2, $"k{i % 7}"))).ToArray();

        var outcome = Assert.Single(await Store.CommitAsync([Commit(s_north, items)], default));

        Assert.True(outcome.Committed);
        Assert.Equal(5000, (await Store.CountsAsync(s_north, default)).ResourcesByType["Observation"]);
        Assert.Equal(715, await Store.CountAsync(new SearchQuery { Tenant = s_north, Type = "Observation", Criteria = [new([new TextIs(2, "k1")])] }, default));
    }

    [Fact]
    public async Task Search_AfterAnUpdate_FindsTheNewEntriesAlone()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one", Text(1, "old")))], default);
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 1, "two", Text(1, "new")))], default);

        Assert.Empty((await SearchAsync(new TextIs(1, "old"))).Matches);
        Assert.Equal("two", Encoding.UTF8.GetString(Assert.Single((await SearchAsync(new TextIs(1, "new"))).Matches).Body));
        await Store.CommitAsync([Commit(s_north, Deletion("Patient", "a", 2))], default);
        Assert.Empty((await SearchAsync(new TextIs(1, "new"))).Matches);
    }

    [Fact]
    public async Task Search_ByPrefixInPages_FindsEachResourceOnce()
    {
        await RegisterAsync();
        await Store.CommitAsync(
            [.. Enumerable.Range(0, 30).Select(i => Commit(s_north, Item("Patient", $"p{i}", 0, "body", Text(1, $"smith{i % 5}"), Text(1, $"smithson{i}"), Text(1, "other"))))], default);

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Store.SearchAsync(new SearchQuery { Tenant = s_north, Type = "Patient", Criteria = [new([new TextStartsWith(1, "smith")])], Count = 7, Cursor = cursor }, default);
            seen.AddRange(page.Matches.Select(match => match.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(30, seen.Count);
        Assert.Equal(30, seen.Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Search_SortedInPages_IsInOrderWithMissingValuesLast(bool descending)
    {
        await RegisterAsync();
        await Store.CommitAsync(
            [.. Enumerable.Range(0, 23).Select(i => Commit(s_north, Item("Patient", $"p{i}", 0, "body", i % 4 == 0 ? [] : [new RangeIndexEntry(9, "", i * 7 % 10, i * 7 % 10)])))], default);

        var seen = new List<int>();
        string? cursor = null;
        do
        {
            var page = await Store.SearchAsync(new SearchQuery { Tenant = s_north, Type = "Patient", Sort = [new SearchSort(SortTarget.Range, 9, descending)], Count = 5, Cursor = cursor, WithTotal = true }, default);
            Assert.Equal(23, page.Total);
            seen.AddRange(page.Matches.Select(match => int.Parse(match.Id[1..], provider: null)));
            cursor = page.Next;
        }
        while (cursor is not null);

        var expected = Enumerable.Range(0, 23).OrderBy(i => i % 4 == 0).ThenBy(i => i % 4 == 0 ? 0 : descending ? -(i * 7 % 10) : i * 7 % 10).ThenBy(i => i);
        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData(RangeComparison.Within, "b")]
    [InlineData(RangeComparison.NotWithin, "acde")]
    [InlineData(RangeComparison.ReachesAbove, "cde")]
    [InlineData(RangeComparison.ReachesBelow, "acd")]
    [InlineData(RangeComparison.ReachesAboveOrWithin, "bcde")]
    [InlineData(RangeComparison.ReachesBelowOrWithin, "abcd")]
    [InlineData(RangeComparison.StartsAfter, "e")]
    [InlineData(RangeComparison.EndsBefore, "a")]
    [InlineData(RangeComparison.Overlaps, "bcd")]
    public async Task Search_ByRange_ComparesAsR4Says(RangeComparison comparison, string expected)
    {
        await RegisterAsync();
        (string Id, double Low, double High)[] stored = [("a", 1, 9), ("b", 10, 20), ("c", 5, 25), ("d", 5, 25), ("e", 21, 30)];
        await Store.CommitAsync([.. stored.Select(range => Commit(s_north, Item("Patient", range.Id, 0, "body", [new RangeIndexEntry(9, "", range.Low, range.High)])))], default);

        var found = await SearchAsync(new RangeIs(9, "", comparison, 10, 20));

        Assert.Equal(expected, string.Concat(found.Matches.Select(match => match.Id).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Search_CriteriaTogether_AllHold()
    {
        await RegisterAsync();
        await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "a", 0, "a", Text(1, "x"), Text(2, "y"))),
                Commit(s_north, Item("Patient", "b", 0, "b", Text(1, "x"))),
                Commit(s_north, Item("Patient", "c", 0, "c", Text(2, "y"))),
            ],
            default);

        async Task<string> FindAsync(params SearchCriterion[] criteria) => string.Concat(
            (await Store.SearchAsync(new SearchQuery { Tenant = s_north, Type = "Patient", Criteria = criteria }, default)).Matches.Select(match => match.Id).Order(StringComparer.Ordinal));

        Assert.Equal("a", await FindAsync(new([new TextIs(1, "x")]), new([new TextIs(2, "y")])));
        Assert.Equal("b", await FindAsync(new([new TextIs(1, "x")]), new([new TextIs(2, "y")], Negated: true)));
        Assert.Equal("abc", await FindAsync(new SearchCriterion([new TextIs(1, "x"), new TextIs(2, "y")])));
        Assert.Equal("b", await FindAsync(new SearchCriterion([new IsMissing(2, InRange: false, Missing: true)])));
        Assert.Equal("ac", await FindAsync(new SearchCriterion([new IsMissing(2, InRange: false, Missing: false)])));
        Assert.Equal("ac", await FindAsync(new SearchCriterion([new IdIs("a"), new IdIs("c")])));
        Assert.Equal("", await FindAsync(new SearchCriterion([new Never()])));
        Assert.Equal("ab", await FindAsync(new SearchCriterion([new TextContains(1, "x")])));
        var micros = (s_time - DateTimeOffset.UnixEpoch).TotalMicroseconds;
        Assert.Equal("abc", await FindAsync(new SearchCriterion([new LastUpdatedIs(RangeComparison.Within, micros, micros)])));
        Assert.Equal("", await FindAsync(new SearchCriterion([new LastUpdatedIs(RangeComparison.StartsAfter, micros, micros)])));
    }

    [Fact]
    public async Task Search_ChainsAndIncludes_FollowReferencesBothWays()
    {
        await RegisterAsync();
        await Store.CommitAsync(
            [
                Commit(s_north, Item("Patient", "eve", 0, "eve", Text(1, "eve"))),
                Commit(s_north, Item("Patient", "bob", 0, "bob", Text(1, "bob"))),
                Commit(s_north, Item("Observation", "o1", 0, "o1", Text(5, "Patient/eve"))),
                Commit(s_north, Item("Observation", "o2", 0, "o2", Text(5, "Patient/bob"))),
            ],
            default);

        var chained = await Store.SearchAsync(
            new SearchQuery
            {
                Tenant = s_north,
                Type = "Observation",
                Criteria = [new([new ReferenceTo(5, new SearchQuery { Tenant = s_north, Type = "Patient", Criteria = [new([new TextIs(1, "eve")])] })])],
                Includes = [new SearchInclude("Observation", 5, null, Iterate: false)],
            },
            default);
        Assert.Equal(["o1"], chained.Matches.Select(match => match.Id));
        Assert.Equal(["eve"], chained.Included.Select(match => match.Id));

        var back = await Store.SearchAsync(
            new SearchQuery { Tenant = s_north, Type = "Patient", Criteria = [new([new TextIs(1, "bob")])], ReverseIncludes = [new SearchInclude("Observation", 5, null, Iterate: false)] }, default);
        Assert.Equal(["o2"], back.Included.Select(match => match.Id));
    }

    [Theory]
    [InlineData("not base64 at all!")]
    [InlineData("WzAsMSwyLDMsNF0")]
    [InlineData("e30")]
    public async Task Search_ForgedCursor_IsRefused(string cursor)
    {
        await RegisterAsync();
        await Assert.ThrowsAsync<FormatException>(() => Store.SearchAsync(new SearchQuery { Tenant = s_north, Type = "Patient", Cursor = cursor }, default));
    }

    [Fact]
    public async Task Migrate_ByTwoHostsAtOnce_IsDoneOnce() => await Task.WhenAll(Store.MigrateAsync(default), Store.MigrateAsync(default));

    [Fact]
    public async Task Body_Committed_IsSealedInTheDatabase()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "a name that nobody may read"))], default);

        var raw = await RawBodyAsync("a");

        Assert.True(SealedBody.Is(raw));
        Assert.DoesNotContain("name", Encoding.Latin1.GetString(raw), StringComparison.Ordinal);
        Assert.Equal("a name that nobody may read", await BodyAsync("Patient", "a"));
        Assert.Equal((1, null), (Assert.Single(await Keys.ListAsync(s_north, default)) is var key ? (key.Id, key.Destroyed) : default));
    }

    [Fact]
    public async Task Body_OfAnEarlierRelease_IsReadAsItIs()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "sealed", Text(1, "k")))], default);
        await SetRawBodyAsync("a", "{\"plain\":1}"u8.ToArray());

        Assert.Equal("{\"plain\":1}", await BodyAsync("Patient", "a"));
        Assert.Equal("{\"plain\":1}", Encoding.UTF8.GetString(Assert.Single((await SearchAsync(new TextIs(1, "k"))).Matches).Body));
        Assert.Equal("{\"plain\":1}", Encoding.UTF8.GetString(Assert.Single((await Store.HistoryAsync(new HistoryQuery { Tenant = s_north }, default)).Entries).Stored.Body));
    }

    [Fact]
    public async Task Body_OfAnotherResourceOrChanged_IsNotTakenForIts()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_north, Item("Patient", "a", 0, "one")), Commit(s_north, Item("Patient", "b", 0, "two")), Commit(s_south, Item("Patient", "c", 0, "three"))], default);
        var sealedBody = await RawBodyAsync("b");

        await SetRawBodyAsync("a", sealedBody);
        Assert.False((await Assert.ThrowsAsync<RecordStoreException>(() => BodyAsync("Patient", "a"))).IsTransient);
        await SetRawBodyAsync("a", await RawBodyAsync("c"));
        await Assert.ThrowsAsync<RecordStoreException>(() => BodyAsync("Patient", "a"));
        sealedBody[^1] ^= 1;
        await SetRawBodyAsync("b", sealedBody);
        await Assert.ThrowsAsync<RecordStoreException>(() => BodyAsync("Patient", "b"));
    }

    [Fact]
    public async Task Commit_KeysDestroyed_IsRefusedAndItsNeighboursAreTaken()
    {
        await RegisterAsync();
        await Store.CommitAsync([Commit(s_south, Item("Patient", "a", 0, "gone"))], default);
        await DestroyKeysAsync("south");
        Keys.Forget(s_south);

        var outcomes = await Store.CommitAsync([Commit(s_south, Item("Patient", "b", 0, "late")), Commit(s_north, Item("Patient", "b", 0, "here"))], default);

        Assert.Equal([false, true], outcomes.Select(outcome => outcome.Committed));
        Assert.False((await Assert.ThrowsAsync<RecordStoreException>(() => Store.ReadAsync(new ResourceKey(s_south, "Patient", "a"), default))).IsTransient);
        await Assert.ThrowsAsync<RecordStoreException>(() => Keys.RotateAsync(s_south, default));
    }

    /// <summary>Keys on a home database.</summary>
    private protected static TenantKeys Unlocked(IHomeDatabase home)
    {
        var keys = new TenantKeys(home, TimeProvider.System);
        keys.Unlock(MasterKey.Make());
        return keys;
    }

    private protected async Task<TenantId> RegisterAsync()
    {
        await Store.RegisterTenantAsync(s_north, default);
        await Store.RegisterTenantAsync(s_south, default);
        return s_north;
    }

    private protected Task WriteAsync(string id) => Store.CommitAsync([Commit(s_north, Item("Patient", id, 0, "body"))], default);

    private async Task<string> BodyAsync(string type, string id) =>
        Encoding.UTF8.GetString((await Store.ReadAsync(new ResourceKey(s_north, type, id), default))!.Body);

    private Task<SearchPage> SearchAsync(SearchPredicate predicate) =>
        Store.SearchAsync(new SearchQuery { Tenant = s_north, Type = "Patient", Criteria = [new([predicate])] }, default);

    private static TextIndexEntry Text(int parameter, string key) => new(parameter, key);

    private static CommitItem Item(string type, string id, long expected, string body, params TextIndexEntry[] text) => new()
    {
        Type = type,
        Id = id,
        ExpectedVersion = expected,
        Kind = expected == 0 ? WriteKind.Create : WriteKind.Update,
        LastUpdated = s_time,
        Body = Encoding.UTF8.GetBytes(body),
        Text = text,
    };

    private static CommitItem Item(string type, string id, long expected, string body, RangeIndexEntry[] range) => Item(type, id, expected, body) with { Range = range };

    private static CommitItem Deletion(string type, string id, long expected) => new()
    {
        Type = type,
        Id = id,
        ExpectedVersion = expected,
        Kind = WriteKind.Delete,
        LastUpdated = s_time,
    };

    private static RecordCommit Commit(TenantId tenant, params CommitItem[] items) => new()
    {
        Tenant = tenant,
        Items = items,
        Caller = new Caller("test"),
        CommandId = Guid.NewGuid(),
        Usage = [new UsageQuantity(MeterNames.ApiWrite, items.Length), new UsageQuantity(MeterNames.StorageBytes, items.Sum(item => item.Body.Length))],
    };
}
