using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text;
using CsCheck;
using MedOrleans.Grains.Committing;
using MedOrleans.Metering;
using MedOrleans.Metering.Usage;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MedOrleans.Tests.Metering;

public class UsageTests
{
    private static readonly TenantId s_north = TenantId.Parse("north");
    private static readonly DateTimeOffset s_hour = new(2026, 11, 25, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Counters_ByManyThreads_TakeEachOnce()
    {
        var counters = new UsageCounters();
        long taken = 0;
        Parallel.For(0, 40_000, i =>
        {
            counters.For(s_north).Add(Counted.Read);
            if (i % 97 == 0)
            {
                Interlocked.Add(ref taken, counters.For(s_north).Take().Sum(used => used.Quantity));
            }
        });

        Assert.Equal(40_000, taken + counters.For(s_north).Take().Sum(used => used.Quantity));
        Assert.Empty(counters.For(s_north).Take());
    }

    [Fact]
    public void Counters_PartsOfAMillisecond_WaitForTheRest()
    {
        var counters = new TenantCounters();
        counters.Add(Counted.GrainTicks, 25_000);

        Assert.Equal([new UsageQuantity(MeterNames.GrainMilliseconds, 2)], counters.Take());
        Assert.Empty(counters.Take());
        counters.Add(Counted.GrainTicks, 5_000);
        Assert.Equal([new UsageQuantity(MeterNames.GrainMilliseconds, 1)], counters.Take());
    }

    /// <summary>A database that fails, takes a batch without saying so, or answers: each count is applied once.</summary>
    [Fact]
    public void Flush_DatabaseFailsAtRandom_AppliesEachCountOnce() => Gen.Int[0, 2].Array[1, 30].Sample(answers =>
    {
        var store = FlakyStore.Create(out var fake);
        var counters = new UsageCounters();
        var provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var flusher = new UsageFlusher(
            counters, FlakyStore.Stores(store), new MeteringOptions(), new MeteringInstruments(provider.GetRequiredService<IMeterFactory>(), new MeteringOptions()), new FakeTimeProvider(), NullLogger<UsageFlusher>.Instance);
        foreach (var answer in answers)
        {
            counters.For(s_north).Add(Counted.Read);
            fake.Next = (FlakyStore.Answer)answer;
            flusher.FlushAsync(default).GetAwaiter().GetResult();
        }

        // The database is well again: what waited is applied, then what was counted meanwhile.
        fake.Next = FlakyStore.Answer.Good;
        flusher.FlushAsync(default).GetAwaiter().GetResult();
        flusher.FlushAsync(default).GetAwaiter().GetResult();

        Assert.Equal(answers.Length, fake.Applied.Values.SelectMany(batch => batch.Quantities).Sum(used => used.Quantity));
        Assert.Equal(Enumerable.Range(1, fake.Applied.Count).Select(number => (long)number), fake.Applied.Keys.Select(key => key.Sequence).Order());
    });

    [Fact]
    public void ByteHours_OfChanges_AreTheLevelAtTheEndOfEachHour()
    {
        UsageBucket[] metered = [Bucket(MeterNames.StorageBytes, 0, 100), Bucket(MeterNames.StorageBytes, 2, 50), Bucket(MeterNames.ApiRead, 1, 7)];

        var hours = UsageReader.ByteHours(metered, stored: 1000, s_hour.AddHours(-1), now: s_hour.AddHours(4)).ToList();

        Assert.Equal([1000, 1100, 1100, 1150, 1150], hours.Select(bucket => bucket.Quantity));
        Assert.Equal(s_hour.AddHours(-1), hours[0].Hour);

        // The hour that is not over costs nothing yet, and before the first byte nothing was stored.
        Assert.Equal([100, 100], UsageReader.ByteHours(metered, 0, s_hour.AddDays(-30), s_hour.AddHours(2).AddMinutes(59)).Select(bucket => bucket.Quantity));
        Assert.Empty(UsageReader.ByteHours([], 0, s_hour, s_hour.AddDays(1)));
    }

    [Fact]
    public void Sum_OfHours_KeepsEveryQuantity() => Gen.Select(Gen.Int[0, 2000], Gen.Int[0, 2], Gen.Int[-50, 50], (hour, meter, quantity) => Bucket($"m{meter}", hour, quantity)).Array.Sample(hours =>
    {
        foreach (var resolution in Enum.GetValues<UsageResolution>())
        {
            var sums = UsageReader.Sum(hours, resolution);
            Assert.Equal(hours.GroupBy(bucket => bucket.Meter).Select(group => (group.Key, group.Sum(bucket => bucket.Quantity))).Order(), sums.GroupBy(bucket => bucket.Meter).Select(group => (group.Key, group.Sum(bucket => bucket.Quantity))).Order());
            Assert.All(sums, sum => Assert.True(resolution == UsageResolution.Hour || sum.Hour.TimeOfDay == TimeSpan.Zero));
        }
    });

    [Fact]
    public void Verify_EachKindOfDifference_IsListed()
    {
        var source = Guid.NewGuid();
        var evidence = new UsageEvidence(
            Committed: [Bucket(MeterNames.ApiWrite, 0, 10), Bucket(MeterNames.NetworkIn, 0, 99)],
            History: [Bucket(MeterNames.ApiWrite, 0, 11)],
            Flushed: [Bucket(MeterNames.ApiRead, 0, 5)],
            Batches: [Bucket(MeterNames.ApiRead, 0, 5), Bucket(MeterNames.ApiRead, 1, 1)],
            Sources: [new UsageSource(source, 2, 3)]);

        var differences = UsageVerification.Compare(evidence, [Bucket(MeterNames.ApiWrite, 0, 10), Bucket(MeterNames.NetworkIn, 0, 99), Bucket(MeterNames.ApiRead, 0, 4)], s_hour.AddHours(1));

        Assert.Equal(
            [
                new UsageDifference(MeterNames.ApiWrite, s_hour, "history", 10, 11),
                new UsageDifference(MeterNames.ApiRead, s_hour.AddHours(1), "batches", 0, 1),
                new UsageDifference($"batches of {source}", null, "numbers", 2, 3),
                new UsageDifference(MeterNames.ApiRead, s_hour, "buckets", 5, 4),
            ],
            differences);
    }

    [Theory]
    [InlineData("Patient", null, """{"resourceType":"Patient"}""", 1, 1, 0)]
    [InlineData("Patient", """{"resourceType":"Patient"}""", """{"resourceType":"Patient","contact":[{"active":true}],"active":false}""", 0, -1, 0)]
    [InlineData("Patient", """{"active":false}""", "", -1, 0, 0)]
    [InlineData("Patient", "", """{"active":true}""", 1, 1, 0)]
    [InlineData("Encounter", null, """{"status":"in-progress"}""", 1, 0, 1)]
    [InlineData("Encounter", """{"status":"in-progress"}""", """{"statusHistory":[{"status":"arrived"}],"status":"finished"}""", 0, 0, -1)]
    [InlineData("Encounter", """{"status":"planned"}""", """{"status":"onleave"}""", 0, 0, 1)]
    [InlineData("Observation", null, """{"status":"in-progress"}""", 1, 0, 0)]
    public void Change_OfAVersion_IsWhatThereIsMoreOrLess(string type, string? before, string after, int resources, int patients, int encounters) =>
        Assert.Equal(new RecordChange(resources, patients, encounters), RecordChange.Of(before is null ? null : Version(type, before), Version(type, after)));

    private static StoredVersion Version(string type, string body) => new()
    {
        Type = type,
        Id = "a",
        Version = 1,
        LastUpdated = s_hour,
        Deleted = body.Length == 0,
        Body = Encoding.UTF8.GetBytes(body),
    };

    private static UsageBucket Bucket(string meter, int hour, long quantity) => new(meter, s_hour.AddHours(hour), quantity);

    /// <summary>A store that applies batches once, and may fail before or after it did.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class FlakyStore : DispatchProxy
#pragma warning restore CA1852
    {
        public enum Answer
        {
            Good,
            FailsBefore,
            FailsAfter,
        }

        public Answer Next { get; set; }

        public Dictionary<(Guid Source, long Sequence), UsageBatch> Applied { get; } = [];

        public static IRecordStore Create(out FlakyStore fake)
        {
            var store = Create<IRecordStore, FlakyStore>();
            fake = (FlakyStore)(object)store;
            return store;
        }

        public static IRecordStores Stores(IRecordStore store)
        {
            var stores = Create<IRecordStores, OneStore>();
            ((OneStore)(object)stores).Store = store;
            return stores;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != nameof(IRecordStore.ApplyUsageAsync))
            {
                return "main";
            }

            var failure = Task.FromException<UsageBatchOutcome[]>(new RecordStoreException("away", isTransient: true));
            if (Next == Answer.FailsBefore)
            {
                return failure;
            }

            var outcomes = ((IReadOnlyList<UsageBatch>)args![0]!).Select(batch => Applied.TryAdd((batch.Source, batch.Sequence), batch) ? UsageBatchOutcome.Applied : UsageBatchOutcome.Repeated).ToArray();
            return Next == Answer.FailsAfter ? failure : Task.FromResult(outcomes);
        }
    }

#pragma warning disable CA1852 // DispatchProxy derives from it.
    internal class OneStore : DispatchProxy
#pragma warning restore CA1852
    {
        public IRecordStore? Store { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => new ValueTask<IRecordStore?>(Store);
    }
}
