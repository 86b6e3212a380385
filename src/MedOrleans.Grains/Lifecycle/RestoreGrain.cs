using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MedOrleans.Cluster;
using MedOrleans.Grains.Placement;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Grains.Lifecycle;

/// <summary>
/// Takes a hospital's record back by writing what it was as new versions, through the owners of the resources: nothing is lost, and the history shows
/// it. Every write has a command id of its own that a repetition has too, so a crash in any step only costs time.
/// </summary>
[HospitalPool]
internal sealed partial class RestoreGrain(
    [PersistentState("restore-v1", "Default")] IPersistentState<RestoreState> state,
    IRecordStores stores, ITenantDirectory directory, ResourceReader reader, TimeProvider time, ILogger<RestoreGrain> logger) : Grain, IRestoreGrain
{
    private const int Batch = 64;
    private const int MostRefused = 1000;

    /// <summary>How long a call works; the keeper makes the next one.</summary>
    private static readonly TimeSpan s_slice = TimeSpan.FromSeconds(4);

    /// <summary>Commits that were under way when the hospital was shut are in by then.</summary>
    private static readonly TimeSpan s_inFlight = TimeSpan.FromSeconds(2);

    private TenantId Tenant => TenantId.Parse(this.GetPrimaryKeyString());

    private ITenantManagementGrain Management => GrainFactory.GetGrain<ITenantManagementGrain>(Tenant.Value);

    public async Task<RestoreReply> StartAsync(StartRestore command)
    {
        if (state.State.Progress is { Finished: null } running)
        {
            return running.To == command.To
                ? new RestoreReply(TenantReplyStatus.Done, Progress: running)
                : new RestoreReply(TenantReplyStatus.NotAllowed, string.Create(CultureInfo.InvariantCulture, $"A restore to {running.To:O} is under way."));
        }

        // The hospital is shut first: should the rest be lost, the next round opens it again.
        var shut = await Management.BeginRestoreAsync();
        if (shut.Status != TenantReplyStatus.Done)
        {
            return new RestoreReply(shut.Status, shut.Detail);
        }

        state.State = new RestoreState { Id = Guid.CreateVersion7(), Progress = new RestoreProgress { To = command.To, By = command.By, Started = time.GetUtcNow() } };
        await state.WriteAsync(this);
        LogStarted(logger, Tenant, command.To, command.By);
        return new RestoreReply(TenantReplyStatus.Done, Progress: state.State.Progress);
    }

    public Task<RestoreProgress?> ShowAsync() => Task.FromResult(state.State.Progress);

    public async Task ContinueAsync()
    {
        var start = time.GetTimestamp();
        while (state.State.Progress is { Finished: null } progress && time.GetElapsedTime(start) < s_slice)
        {
            if (await TakeAsync(progress) is not { } next)
            {
                return;
            }

            state.State.Progress = next;
            await state.WriteAsync(this);
        }

        if (state.State.Progress is not { Finished: null })
        {
            // Last, so that a crash before it leads here again.
            await Management.EndRestoreAsync();
        }
    }

    /// <summary>Takes a step: how far the restore is afterwards, null where it has to be waited for.</summary>
    private async Task<RestoreProgress?> TakeAsync(RestoreProgress progress)
    {
        if (await stores.ForAsync(Tenant, CancellationToken.None) is not { } store || (await Management.ShowAsync())?.Status != TenantStatus.Restoring)
        {
            // Its end came in between: it is being deleted.
            return progress with { Step = RestoreStep.Finished, Finished = time.GetUtcNow() };
        }

        switch (progress.Step)
        {
            case RestoreStep.Settle:
                return time.GetUtcNow() >= progress.Started + directory.Staleness + s_inFlight ? progress with { Step = RestoreStep.Plan } : null;
            case RestoreStep.Plan:
                return progress with { Step = RestoreStep.Write, Planned = await store.PlanRestoreAsync(Tenant, progress.To, CancellationToken.None) };
            case RestoreStep.Write:
                return await WriteBackAsync(store, progress);
            default:
                await store.DropPlanAsync(Tenant, CancellationToken.None);
                LogFinished(logger, Tenant, progress.To, progress.Written, progress.Refused.Count);
                return progress with { Step = RestoreStep.Finished, Finished = time.GetUtcNow() };
        }
    }

    private async Task<RestoreProgress> WriteBackAsync(IRecordStore store, RestoreProgress progress)
    {
        var items = await store.PlannedAsync(Tenant, progress.Done, Batch, CancellationToken.None);
        if (items.Count == 0)
        {
            return progress with { Step = RestoreStep.Open };
        }

        var outcomes = await Task.WhenAll(items.Select(item => WriteBackAsync(store, progress, item)));
        return progress with
        {
            Done = items[^1].Number,
            Written = progress.Written + outcomes.Count(outcome => outcome.Written),
            Unchanged = progress.Unchanged + outcomes.Count(outcome => outcome is { Written: false, Refused: null }),
            Refused = [.. progress.Refused.Concat(outcomes.Select(outcome => outcome.Refused).OfType<string>()).Take(MostRefused)],
        };
    }

    /// <summary>Takes one resource back; the store's compare-and-set and the command id make a repetition harmless.</summary>
    private async Task<(bool Written, string? Refused)> WriteBackAsync(IRecordStore store, RestoreProgress progress, RestoreItem item)
    {
        var key = new ResourceKey(Tenant, item.Type, item.Id);
        var commandId = CommandOf(item);
        var current = await store.ReadAsync(key, CancellationToken.None);
        if (current?.CommandId == commandId)
        {
            return (true, null);
        }

        PreparedResource? resource = null;
        if (item.Target is { } target)
        {
            var then = (await store.ReadVersionAsync(key, target, CancellationToken.None))!;
            var read = reader.Read(then.Body, new ReadOptions { Type = item.Type, Id = item.Id, IdMustMatch = true });
            if (read.Resource is null)
            {
                return (false, $"{item.Type}/{item.Id}: {read.Issues[0].Details}");
            }

            resource = read.Resource;
            if (current is { Deleted: false } && resource.Stamp(current.Version, current.LastUpdated).AsSpan().SequenceEqual(current.Body))
            {
                return (false, null);
            }
        }

        var reply = await GrainFactory.GetOwner(key).WriteAsync(new WriteCommand
        {
            Kind = resource is null ? WriteKind.Delete : WriteKind.Update,
            Resource = resource,
            IfMatch = item.Exists ? item.Version : null,
            Caller = new Caller(progress.By, Reason: string.Create(CultureInfo.InvariantCulture, $"restore to {progress.To:O}")),
            CommandId = commandId,
            IsRestore = true,
        });
        return reply.IsCommitted ? (true, null)
            : reply.Status == WriteStatus.Unchanged ? (false, null)
            : (false, $"{item.Type}/{item.Id}: {(reply.Issues is [var issue, ..] ? issue.Details : reply.Status)}");
    }

    private Guid CommandOf(RestoreItem item) => new(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{state.State.Id}/{item.Number}"))).AsSpan(0, 16));
}
