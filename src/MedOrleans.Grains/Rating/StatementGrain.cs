using System.Globalization;
using MedOrleans.Grains.Placement;
using MedOrleans.Grains.Records;
using MedOrleans.Metering.Rating;
using MedOrleans.Metering.Usage;
using MedOrleans.Plans;
using MedOrleans.Rating;
using MedOrleans.Record.Store;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Rating;

/// <summary>The statement of a hospital's month: computed when it is asked for until it is closed, the same ever after.</summary>
[HospitalPool]
internal sealed partial class StatementGrain(
    [PersistentState("statement-v1", "Default")] IPersistentState<StatementState> state,
    IRecordStores stores,
    MeteringOptions options,
    ILogger<StatementGrain> logger) : Grain, IStatementGrain
{
    /// <summary>The last flush of a month is in by then.</summary>
    private static readonly TimeSpan s_closable = TimeSpan.FromHours(1);

    public async Task<StatementReply> ShowAsync()
    {
        if (state.State.Statement is { } closed)
        {
            return Done(closed, state.State.Document);
        }

        var (inputs, refusal) = await GatherAsync();
        if (inputs is null)
        {
            return refusal!;
        }

        try
        {
            var statement = RatingRules.Rate(inputs, closedAt: null);
            return Done(statement, Canonical.Bytes(statement));
        }
        catch (UnpriceableException e)
        {
            return Refused(StatementReplyStatus.Unpriceable, e.Message);
        }
    }

    public Task<StatementHead?> HeadAsync() => Task.FromResult(state.State.Statement is { } closed
        ? new StatementHead(closed.Month, closed.Status, closed.Currency, closed.Total, closed.ClosedAt)
        : null);

    public async Task<StatementReply> CloseAsync()
    {
        if (state.State.Statement is { } closed)
        {
            return Done(closed, state.State.Document);
        }

        var (tenant, month) = Key();
        var (inputs, refusal) = await GatherAsync();
        if (inputs is null)
        {
            return refusal!;
        }

        var billing = (await GrainFactory.GetGrain<ITenantManagementGrain>(tenant.Value).BillingAsync())!;
        var now = await stores.Named(billing.Database).TimeAsync(CancellationToken.None);
        if (now < month.End + s_closable)
        {
            return Refused(StatementReplyStatus.NotAllowed, string.Create(CultureInfo.InvariantCulture, $"{month} can be closed from {month.End + s_closable:yyyy-MM-dd HH:mm} UTC on."));
        }

        if (inputs.Plans[0].From < month.Start && await Grain(tenant, month.Previous).ClosedAsync() is null)
        {
            return Refused(StatementReplyStatus.NotAllowed, $"Months are closed in order: close {month.Previous} first.");
        }

        // From here on nobody changes what these cards say of the month.
        var cards = await GrainFactory.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key).UseAsync([.. inputs.Cards.Select(card => card.Id)], month.End);
        inputs = inputs with { Cards = cards };
        try
        {
            var statement = RatingRules.Rate(inputs, new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero));
            state.State.Statement = statement;
            state.State.Document = Canonical.Bytes(statement);
            state.State.Inputs = Canonical.Bytes(inputs);
            await state.WriteAsync(this);
            LogClosed(logger, tenant, inputs.Month);
            return Done(statement, state.State.Document);
        }
        catch (UnpriceableException e)
        {
            return Refused(StatementReplyStatus.Unpriceable, e.Message);
        }
    }

    public Task<byte[]?> InputsAsync() => Task.FromResult(state.State.Statement is null ? null : state.State.Inputs);

    public Task<Statement?> ClosedAsync() => Task.FromResult(state.State.Statement);

    private (TenantId Tenant, BillingMonth Month) Key() => StatementKey.Parse(this.GetPrimaryKeyString());

    /// <summary>What the statement would be computed from now, or why there is none.</summary>
    private async Task<(RatingInputs? Inputs, StatementReply? Refusal)> GatherAsync()
    {
        var (tenant, month) = Key();
        var management = GrainFactory.GetGrain<ITenantManagementGrain>(tenant.Value);
        if (await management.BillingAsync() is not { } billing || billing.Plans[0].From >= month.End || billing.Until < month.Start)
        {
            return (null, Refused(StatementReplyStatus.NotFound, "There is no such hospital, or it was not there in that month."));
        }

        var (store, plans) = (stores.Named(billing.Database), billing.Plans);

        if (month.Start > await store.TimeAsync(CancellationToken.None))
        {
            return (null, Refused(StatementReplyStatus.NotFound, $"{month} has not begun."));
        }

        var known = await GrainFactory.GetGrain<IPlanCatalogGrain>(IPlanCatalogGrain.Key).ListAsync();
        var cardOfPlan = known.Where(plan => plans.Any(period => period.PlanId == plan.Id)).ToDictionary(plan => plan.Id, plan => plan.RateCard, StringComparer.Ordinal);
        var catalog = await GrainFactory.GetGrain<IRateCardCatalogGrain>(IRateCardCatalogGrain.Key).ListAsync();
        return (new RatingInputs
        {
            Tenant = tenant.Value,
            TenantName = billing.Name,
            Issuer = options.Issuer,
            Month = month.ToString(),
            Plans = plans,
            CardOfPlan = cardOfPlan,
            Cards = [.. catalog.Where(card => cardOfPlan.ContainsValue(card.Id))],
            Usage = await UsageAsync(store, tenant, month),
            Adjustments = await AdjustmentsAsync(store, tenant, month),
        }, null);
    }

    private async Task<IReadOnlyList<StatementLine>> AdjustmentsAsync(IRecordStore store, TenantId tenant, BillingMonth month)
    {
        // Calls go to earlier months only, so they can never meet.
        var closed = new List<Statement>();
        for (var earlier = month.Previous; earlier.Index >= month.Index - StatementRules.LookBack; earlier = earlier.Previous)
        {
            if (await Grain(tenant, earlier).ClosedAsync() is { } statement)
            {
                closed.Insert(0, statement);
            }
        }

        var lines = new List<StatementLine>();
        foreach (var statement in closed)
        {
            var later = closed.Where(other => string.CompareOrdinal(other.Month, statement.Month) > 0).SelectMany(other => other.Lines).Where(line => line.Kind == LineKind.Adjustment);
            lines.AddRange(RatingRules.Adjust(statement, later, await UsageAsync(store, tenant, BillingMonth.Parse(statement.Month))));
        }

        return lines;
    }

    private static async Task<IReadOnlyList<UsageBucket>> UsageAsync(IRecordStore store, TenantId tenant, BillingMonth month)
    {
        var usage = await RecordWriter.GuardAsync(() => new ValueTask<IReadOnlyList<UsageBucket>>(UsageReader.ReadAsync(store, tenant, month.Start, month.End, CancellationToken.None)));
        return [.. usage.Where(bucket => Meters.Find(bucket.Meter) is { Kind: MeterKind.Counter })];
    }

    private IStatementGrain Grain(TenantId tenant, BillingMonth month) => GrainFactory.GetGrain<IStatementGrain>(StatementKey.Of(tenant, month));

    private static StatementReply Done(Statement statement, byte[] document) => new() { Status = StatementReplyStatus.Done, Statement = statement, Document = document };

    private static StatementReply Refused(StatementReplyStatus status, string detail) => new() { Status = status, Detail = detail };
}
