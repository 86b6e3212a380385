using System.Text;
using MedOrleans.Record.Keys;
using MedOrleans.Record.Sqlite;
using MedOrleans.Record.Store;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Keys;

/// <summary>Data keys: made once, remembered, rotated; two hosts on one database.</summary>
public sealed class TenantKeysTests : IAsyncLifetime
{
    private static readonly TenantId s_north = TenantId.Parse("north");

    private readonly string _folder = Directory.CreateTempSubdirectory("medorleans-keys-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly MasterKey _master = MasterKey.Make();
    private SqliteHome _home = null!;

    public async Task InitializeAsync()
    {
        var connection = $"Data Source={Path.Combine(_folder, "record.db")}";
        _home = new SqliteHome(connection);
        await using var schema = new SqliteConnections(connection);
        await SqliteSchema.MigrateAsync(schema, default);
    }

    public async Task DisposeAsync()
    {
        await _home.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Seal_OnOneHost_OpensOnAnother()
    {
        var body = Encoding.UTF8.GetBytes("""{"resourceType":"Patient"}""");
        var stored = (await Keys().ForWritingAsync(s_north, default))!.Seal("Patient", "a", 3, body);

        var opened = (await Keys().ForReadingAsync(s_north, default)).Open("Patient", "a", 3, stored);

        Assert.Equal(body, opened);
        Assert.Equal(body.Length + SealedBody.Overhead, stored.Length);
    }

    [Theory]
    [InlineData("south", "Patient", "a", 3)]
    [InlineData("north", "Person", "a", 3)]
    [InlineData("north", "Patient", "b", 3)]
    [InlineData("north", "Patient", "a", 2)]
    public async Task Open_AsSomethingElse_IsRefused(string tenant, string type, string id, long version)
    {
        var keys = Keys();
        var stored = (await keys.ForWritingAsync(s_north, default))!.Seal("Patient", "a", 3, [1, 2, 3]);
        var other = (await keys.ForWritingAsync(TenantId.Parse(tenant), default))!;

        Assert.False(Assert.Throws<RecordStoreException>(() => other.Open(type, id, version, stored)).IsTransient);
    }

    [Fact]
    public async Task Seal_TheSameTwice_LooksDifferent()
    {
        var cipher = (await Keys().ForWritingAsync(s_north, default))!;

        Assert.NotEqual(cipher.Seal("Patient", "a", 1, [1, 2, 3]), cipher.Seal("Patient", "a", 1, [1, 2, 3]));
        Assert.Empty(cipher.Seal("Patient", "a", 1, []));
    }

    [Fact]
    public async Task Seal_ByManyAtOnce_OpensToTheSame()
    {
        var cipher = (await Keys().ForWritingAsync(s_north, default))!;

        await Parallel.ForAsync(0, 2000, (i, _) =>
        {
            var body = Encoding.UTF8.GetBytes($"body {i}");
            Assert.Equal(body, cipher.Open("Patient", $"{i}", 1, cipher.Seal("Patient", $"{i}", 1, body)));
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task FirstUse_ByManyHostsAtOnce_MakesOneKey()
    {
        var hosts = Enumerable.Range(0, 8).Select(_ => Keys()).ToList();

        var sealedBodies = await Task.WhenAll(hosts.Select(async keys => (await keys.ForWritingAsync(s_north, default))!.Seal("Patient", "a", 1, [1])));

        var reader = await Keys().ForReadingAsync(s_north, default);
        Assert.All(sealedBodies, stored => Assert.Equal([1], reader.Open("Patient", "a", 1, stored)));
        Assert.Single(await _home.KeysAsync(s_north, default));
    }

    [Fact]
    public async Task Rotate_NewKey_SealsOnceEveryHostKnowsIt()
    {
        var (rotating, other) = (Keys(), Keys());
        var first = (await other.ForWritingAsync(s_north, default))!.Seal("Patient", "a", 1, [1]);

        var made = await rotating.RotateAsync(s_north, default);
        Assert.Equal((2, _time.GetUtcNow().AddMinutes(2)), (made.Id, made.SealsFrom));
        Assert.Equal(1, KeyOf((await rotating.ForWritingAsync(s_north, default))!.Seal("Patient", "a", 1, [1])));

        _time.Advance(TimeSpan.FromMinutes(1.5));
        var known = (await other.ForWritingAsync(s_north, default))!;
        Assert.Equal(1, KeyOf(known.Seal("Patient", "a", 1, [1])));
        _time.Advance(TimeSpan.FromMinutes(0.6));
        var second = (await rotating.ForWritingAsync(s_north, default))!.Seal("Patient", "a", 2, [2]);
        Assert.Equal(2, KeyOf(second));
        Assert.Equal([2], known.Open("Patient", "a", 2, second));
        Assert.Equal([1], (await rotating.ForReadingAsync(s_north, default)).Open("Patient", "a", 1, first));
    }

    [Fact]
    public async Task ForReading_ByAnotherMasterKey_IsRefused()
    {
        await Keys().ForWritingAsync(s_north, default);
        var stranger = new TenantKeys(_home, _time);
        stranger.Unlock(MasterKey.Make());

        var refused = await Assert.ThrowsAsync<RecordStoreException>(async () => await stranger.ForReadingAsync(s_north, default));
        Assert.Contains("another master key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForReading_NoKeyYet_OpensPlainBodies() =>
        Assert.Equal("{}"u8.ToArray(), (await Keys().ForReadingAsync(s_north, default)).Open("Patient", "a", 1, "{}"u8.ToArray()));

    private static int KeyOf(byte[] stored) => stored[4];

    private TenantKeys Keys()
    {
        var keys = new TenantKeys(_home, _time);
        keys.Unlock(_master);
        return keys;
    }
}
