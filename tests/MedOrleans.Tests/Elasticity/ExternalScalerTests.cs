using Grpc.Core;
using MedOrleans.Elasticity.Kubernetes;
using MedOrleans.Scaling;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace MedOrleans.Tests.Elasticity;

/// <summary>What KEDA is told, and when it is told nothing.</summary>
public sealed class ExternalScalerTests : IDisposable
{
    private readonly Decided _decided = new();
    private readonly Lifetime _lifetime = new();
    private readonly ExternalScalerService _service;

    public ExternalScalerTests() => _service = new ExternalScalerService(_decided, _lifetime, NullLogger<ExternalScalerService>.Instance);

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public async Task GetMetrics_OneDecisionAfterAnother_AreItsSilosInBothFields()
    {
        foreach (var wanted in new[] { 3, 7, 2 })
        {
            _decided.Set("icu", wanted);

            var value = Assert.Single((await _service.GetMetrics(Metrics("icu"), new Call())).MetricValues);

            Assert.Equal((ExternalScalerService.Metric, wanted, wanted), (value.MetricName, value.MetricValue_, (int)value.MetricValueFloat));
        }
    }

    [Fact]
    public async Task GetMetricSpec_AnyPool_IsOneSiloForEachReplica()
    {
        _decided.Set("icu", 3);

        var spec = Assert.Single((await _service.GetMetricSpec(Of("icu"), new Call())).MetricSpecs);

        Assert.Equal((ExternalScalerService.Metric, 1, 1.0), (spec.MetricName, spec.TargetSize, spec.TargetSizeFloat));
    }

    [Fact]
    public async Task GetMetrics_Rehearsal_TellsNoNumberToActOn()
    {
        _decided.Set("icu", 3, isDryRun: true);

        var error = await ErrorAsync(() => _service.GetMetrics(Metrics("icu"), new Call()));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Equal("A rehearsal (MedOrleans:Scaling:DryRun): pool 'icu' should have 3 silos, and nobody is to act on it.", error.Detail);
        await AssertStaysActiveAsync();
    }

    [Fact]
    public async Task GetMetrics_NothingDecidedYet_TellsNoNumberToActOn()
    {
        Assert.Equal(new Status(StatusCode.Unavailable, "Nothing has been decided yet."), await ErrorAsync(() => _service.GetMetrics(Metrics("icu"), new Call())));
        await AssertStaysActiveAsync();
    }

    [Fact]
    public async Task GetMetrics_ClusterSilent_TellsNoNumberToActOnAndNoReasons()
    {
        _decided.Failure = new TimeoutException("secret");

        Assert.Equal(new Status(StatusCode.Unavailable, "The cluster does not answer now."), await ErrorAsync(() => _service.GetMetrics(Metrics("icu"), new Call())));
        await AssertStaysActiveAsync();
    }

    [Fact]
    public async Task EveryCall_UnknownPool_IsNotFound()
    {
        _decided.Set("icu", 3);

        var error = await ErrorAsync(() => _service.GetMetrics(Metrics("icv"), new Call()));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.StartsWith("There is no pool 'icv': ", error.Detail, StringComparison.Ordinal);
        Assert.Equal(error, await ErrorAsync(() => _service.IsActive(Of("icv"), new Call())));
        Assert.Equal(error, await ErrorAsync(() => _service.GetMetricSpec(Of("icv"), new Call())));
        Assert.Equal(error, await ErrorAsync(() => _service.StreamIsActive(Of("icv"), new Answers(), new Call())));
    }

    [Fact]
    public async Task EveryCall_NoPool_IsInvalid()
    {
        var error = await ErrorAsync(() => _service.GetMetrics(new GetMetricsRequest { MetricName = ExternalScalerService.Metric }, new Call()));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("The trigger's metadata does not name a 'pool': the pool of silos that it scales.", error.Detail);
        Assert.Equal(error, await ErrorAsync(() => _service.IsActive(new ScaledObjectRef(), new Call())));
        Assert.Equal(error, await ErrorAsync(() => _service.GetMetricSpec(new ScaledObjectRef(), new Call())));
        Assert.Equal(error, await ErrorAsync(() => _service.StreamIsActive(Of(""), new Answers(), new Call())));
    }

    [Fact]
    public async Task GetMetrics_AnotherMetric_IsInvalid()
    {
        _decided.Set("icu", 3);
        var request = Metrics("icu");
        request.MetricName = "queue";

        Assert.Equal(StatusCode.InvalidArgument, (await ErrorAsync(() => _service.GetMetrics(request, new Call()))).StatusCode);
    }

    [Fact]
    public async Task StreamMetricSpec_TargetsNeverChange_IsUnimplemented() =>
        Assert.Equal(StatusCode.Unimplemented, (await ErrorAsync(() => _service.StreamMetricSpec(Of("icu"), null!, new Call()))).StatusCode);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task StreamIsActive_Open_TellsOnceAndEndsWithEitherSide(bool isProcess)
    {
        _decided.Set("icu", 3);
        var answers = new Answers();
        using var hangUp = new CancellationTokenSource();
        var stream = _service.StreamIsActive(Of("icu"), answers, new Call(hangUp.Token));
        Assert.Equal([true], answers.Told);
        Assert.False(stream.IsCompleted);

        if (isProcess)
        {
            _lifetime.StopApplication();
        }
        else
        {
            await hangUp.CancelAsync();
        }

        await stream;
        Assert.Equal([true], answers.Told);
    }

    /// <summary>KEDA goes down to no replica where a pool is not active, and keeps no autoscaler where there is no metric.</summary>
    private async Task AssertStaysActiveAsync()
    {
        Assert.True((await _service.IsActive(Of("icu"), new Call())).Result);
        Assert.Single((await _service.GetMetricSpec(Of("icu"), new Call())).MetricSpecs);
    }

    private static ScaledObjectRef Of(string pool) => new() { Name = "silos", Namespace = "medorleans", ScalerMetadata = { ["pool"] = pool } };

    private static GetMetricsRequest Metrics(string pool) => new() { ScaledObjectRef = Of(pool), MetricName = ExternalScalerService.Metric };

    private static async Task<Status> ErrorAsync(Func<Task> call) => (await Assert.ThrowsAsync<RpcException>(call)).Status;

    /// <summary>A grain that has decided what it is told.</summary>
    private sealed class Decided : IScalingGrain
    {
        private ScalingView _view = new(false, [], []);

        public Exception? Failure { get; set; }

        public void Set(string pool, int wanted, bool isDryRun = false) => _view = new ScalingView(
            isDryRun,
            [new ScalingPool(pool, 1, 8, new ScalingDecision { At = default, Pool = pool, Action = ScalingAction.Hold, Wanted = wanted, Rule = "minimum", Signals = new ScalingSignals(1, 0), Needs = [] }, null)],
            []);

        public Task TickAsync() => Task.CompletedTask;

        public ValueTask<int?> WantedAsync(string pool) =>
            Failure is { } failure ? ValueTask.FromException<int?>(failure) : new(_view.IsDryRun ? null : _view.Pools.FirstOrDefault(known => known.Pool == pool)?.Last.Wanted);

        public ValueTask<ScalingView> ShowAsync() => Failure is { } failure ? ValueTask.FromException<ScalingView>(failure) : new(_view);
    }

    private sealed class Answers : IServerStreamWriter<IsActiveResponse>
    {
        public List<bool> Told { get; } = [];

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(IsActiveResponse message)
        {
            Told.Add(message.Result);
            return Task.CompletedTask;
        }

        public Task WriteAsync(IsActiveResponse message, CancellationToken cancellationToken) => WriteAsync(message);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }

    private sealed class Call(CancellationToken cancel = default) : ServerCallContext
    {
        protected override string MethodCore => "";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => [];

        protected override CancellationToken CancellationTokenCore => cancel;

        protected override Metadata ResponseTrailersCore => [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => new(null, []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
