using System.Text;
using MedOrleans.Cluster;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Hl7.Mapping;
using MedOrleans.Gateway.Hl7.Messages;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Plans;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Tenants;
using Microsoft.Extensions.Logging;
using Orleans;

namespace MedOrleans.Gateway.Hl7;

/// <summary>What is said to a message.</summary>
/// <param name="Code">AA, AE or AR.</param>
/// <param name="Text">The acknowledgement.</param>
/// <param name="Faults">Why it was not taken; empty where it was.</param>
/// <param name="IsStored">Whether the message is kept.</param>
/// <param name="TaskId">The Task that keeps it; null where none does.</param>
internal sealed record Hl7Answer(string Code, string Text, IReadOnlyList<Hl7Fault> Faults, bool IsStored, string? TaskId = null);

/// <summary>
/// Takes messages in. A message is answered AA only once what it became and the message itself are durable. Sent again it is answered as the first time and has no second effect: its Task
/// has an id that follows from MSH-3, MSH-4 and MSH-10, and each of its steps a command id that follows from these and its content.
/// </summary>
internal sealed partial class Hl7Intake(
    ITenantDirectory tenants,
    IRecordStores stores,
    SearchQueryParser parser,
    MessageWriter writer,
    PoolRegistry pools,
    FairQueue turns,
    ClusterRetry retry,
    UsageCounters usage,
    Hl7Instruments instruments,
    TimeProvider time,
    ILogger<Hl7Intake> logger)
{
    private const int Tries = 40;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);
    private static readonly string[] s_versions = ["2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"];

    /// <summary>Takes one message in.</summary>
    /// <param name="text">The message.</param>
    /// <param name="senders">Who may have sent it, by its connection.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="cancel">Ends it: then nobody is answered.</param>
    /// <returns>What is sent back, in order: none, one, or in enhanced mode two acknowledgements.</returns>
    /// <exception cref="Exception">The record cannot be reached: the message has to be sent again.</exception>
    public async Task<IReadOnlyList<string>> TakeAsync(string text, IReadOnlyList<Hl7Sender> senders, string? address, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        Hl7Message? message = null;
        Hl7Sender? sender = null;
        Hl7Answer answer;
        try
        {
            message = Hl7Message.Parse(text);
            sender = senders.FirstOrDefault(candidate => candidate.Fits(message))
                ?? throw new Hl7Exception(Hl7Condition.UnknownKeyIdentifier, "Messages of this application and facility are not taken at this address.", new Hl7Location("MSH", Field: 4));
            answer = await TakeAsync(text, message, sender, address, cancel);
        }
        catch (Hl7Exception unread)
        {
            answer = await KeepUnreadAsync(text, message, senders, unread.Fault, address, cancel);
        }

        var isKnown = message is not null && Hl7Maps.All.Contains($"{message.Type}^{message.Event}");
        instruments.Answered(sender?.Tenant.Value ?? "", isKnown ? message!.Type : "other", isKnown ? message!.Event : "other", answer.Code, time.GetElapsedTime(start));
        if (sender is not null && answer.IsStored)
        {
            usage.For(sender.Tenant).Add(Counted.Hl7Message);
            usage.For(sender.Tenant).Add(Counted.BytesOut, answer.Text.Length);
        }

        return Answers(message, answer);
    }

    /// <summary>Answers a block in which no message can be told apart.</summary>
    /// <param name="text">The block.</param>
    /// <param name="senders">Who may have sent it.</param>
    /// <param name="fault">What is wrong with it.</param>
    /// <param name="address">Where it came from.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<IReadOnlyList<string>> TakeUnreadAsync(string text, IReadOnlyList<Hl7Sender> senders, Hl7Fault fault, string? address, CancellationToken cancel) =>
        [(await KeepUnreadAsync(text, null, senders, fault, address, cancel)).Text];

    /// <summary>Takes a message in again that is kept, as it is or corrected.</summary>
    /// <param name="stored">The message.</param>
    /// <param name="text">The text to take; that of the message where it is not corrected.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="caller">Who asks for it.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<Hl7Answer> ReplayAsync(StoredMessage stored, string text, Hl7Sender sender, Caller caller, CancellationToken cancel)
    {
        Hl7Message? message = null;
        Hl7Fault fault;
        try
        {
            message = Hl7Message.Parse(text);
            return MessageTask.NameOf(message) == stored.Name || !stored.Name.Contains('|', StringComparison.Ordinal)
                ? await RunAsync(text, message, sender, stored.Id, stored.Name, caller, isReplay: true, cancel)
                : throw new Hl7Exception(Hl7Condition.DuplicateKeyIdentifier, "A correction keeps MSH-3, MSH-4 and MSH-10.", new Hl7Location("MSH", Field: 10));
        }
        catch (Hl7Exception unread)
        {
            fault = unread.Fault;
        }

        return Say(message, fault, isStored: true);
    }

    private async Task<Hl7Answer> TakeAsync(string text, Hl7Message message, Hl7Sender sender, string? address, CancellationToken cancel)
    {
        if (message.ControlId.Length is 0 or > 199)
        {
            throw new Hl7Exception(Hl7Condition.RequiredFieldMissing, "A message has a control id of 1 to 199 characters.", new Hl7Location("MSH", Field: 10));
        }

        if (await AdmitAsync(sender.Tenant, text.Length, cancel) is { } refused)
        {
            return Say(message, refused, isStored: false);
        }

        var name = MessageTask.NameOf(message);
        return await RunAsync(text, message, sender, MessageTask.IdOf(sender.Tenant, name), name, new Caller(sender.Agent, address, RequestIdOf(message)), isReplay: false, cancel);
    }

    private async Task<Hl7Answer> RunAsync(string text, Hl7Message message, Hl7Sender sender, string id, string name, Caller caller, bool isReplay, CancellationToken cancel)
    {
        var store = await stores.ForAsync(sender.Tenant, cancel) ?? throw new RecordStoreException("The hospital has no store.", isTransient: true);
        var record = new StoredRecord(sender.Tenant, store, parser);
        var digest = MessageTask.DigestOf(text);
        var bytes = Encoding.UTF8.GetByteCount(text);
        var kept = (StoredMessage?)null;
        var isApart = false;
        for (var attempt = 1; ; attempt++)
        {
            // Nearly every message is new. One that is not is told by its Task, which cannot be made twice; only a step that is a commit of its own must not come before that.
            var isRead = isReplay || attempt > 1;
            if (isRead && await LookAsync() is { } known)
            {
                return known;
            }

            Hl7Fault? fault = null;
            var plan = (Hl7Plan?)null;
            var isOne = false;
            try
            {
                Check(message, sender);
                plan = await PlanAsync(message, sender, record, digest, cancel);
                isOne = !isApart && MessageWriter.IsOne(plan);
                if (!isOne && plan.Steps.Count > 0)
                {
                    if (!isRead && await LookAsync() is { } before)
                    {
                        return before;
                    }

                    var refused = await writer.StepsAsync(sender.Tenant, plan, caller, cancel);
                    if (refused is { Again: true })
                    {
                        await PauseAsync(attempt, cancel);
                        continue;
                    }

                    fault = refused?.Fault;
                }
            }
            catch (Hl7Exception refused)
            {
                fault = refused.Fault;
            }

            var answer = Say(message, fault, isStored: true, id);
            var task = MessageTask.Make(id, name, text, message, caller.Agent, answer.Text, answer.Faults, plan, time.GetUtcNow());
            var done = isOne ? await writer.WholeAsync(sender.Tenant, plan!, task, kept?.Version, isRead, caller, bytes, cancel)
                : await writer.KeepAsync(sender.Tenant, fault is null ? plan : null, task, kept?.Version, caller, bytes, cancel);
            switch (done)
            {
                case null:
                    return answer;
                case { Again: true }:
                    isApart |= done.IsTaken;
                    await PauseAsync(attempt, cancel);
                    continue;
                case { IsTenant: true, Fault: { } closed }:
                    return Say(message, closed, isStored: false);
            }

            // What the message became was refused as a whole: it is kept with the reason.
            answer = Say(message, done.Fault!, isStored: true, id);
            task = MessageTask.Make(id, name, text, message, caller.Agent, answer.Text, answer.Faults, null, time.GetUtcNow());
            done = await writer.KeepAsync(sender.Tenant, null, task, kept?.Version, caller, bytes, cancel);
            if (done is null)
            {
                return answer;
            }

            if (done is { IsTenant: true, Fault: { } shut })
            {
                return Say(message, shut, isStored: false);
            }

            await PauseAsync(attempt, cancel);
        }

        async Task<Hl7Answer?> LookAsync()
        {
            while (true)
            {
                kept = MessageTask.Read(await retry.RunAsync(() => store.ReadAsync(new ResourceKey(sender.Tenant, "Task", id), cancel), cancel));
                if (kept is { IsDone: true } && !isReplay && MessageTask.IsLater(message, kept))
                {
                    // The sender's numbers have begun anew.
                    name = $"{MessageTask.NameOf(message)}|{message.Header.Text(7)}";
                    id = MessageTask.IdOf(sender.Tenant, name);
                    continue;
                }

                var isSame = kept is not null && MessageTask.DigestOf(kept.Text) == digest;
                return !(kept is { IsDone: true } || (isSame && !isReplay)) ? null
                    : isSame ? Again(kept!)
                    : Say(message, new Hl7Fault(Hl7Condition.DuplicateKeyIdentifier, "Another message of this control id has been taken already.", new Hl7Location("MSH", Field: 10)), isStored: false, kept!.Id);
            }
        }
    }

    /// <summary>Lets others who change the same come through.</summary>
    /// <exception cref="RecordStoreException">It has been tried often enough.</exception>
    private Task PauseAsync(int attempt, CancellationToken cancel) => attempt < Tries
#pragma warning disable CA5394 // No secret depends on it.
        ? Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(Math.Min(attempt * 5, 50)) + 1), time, cancel)
#pragma warning restore CA5394
        : throw new RecordStoreException("What the message touches changes too often.", isTransient: true);

    private Task<Hl7Plan> PlanAsync(Hl7Message message, Hl7Sender sender, IHl7Record record, string digest, CancellationToken cancel) => retry.RunAsync(
        async () =>
        {
            var mapping = new Hl7Mapping(sender.Tenant, message, sender.Types(message), record,
                step => Hl7Mapping.Named(string.Join('\n', sender.Tenant.Value, MessageTask.NameOf(message), digest, step)), time.GetUtcNow(), cancel);
            await Hl7Maps.MapAsync(mapping);
            return mapping.Plan;
        },
        cancel);

    /// <summary>Holds a message's header against what is taken.</summary>
    /// <exception cref="Hl7Exception">It is not taken.</exception>
    public static void Check(Hl7Message message, Hl7Sender sender)
    {
        if (!s_versions.Contains(message.Version))
        {
            throw new Hl7Exception(Hl7Condition.UnsupportedVersionId, "Versions 2.3 to 2.8 are taken.", new Hl7Location("MSH", Field: 12));
        }

        var processing = message.Header.Text(11);
        if (processing.Length != 1 || !sender.Processing.Contains(processing[0], StringComparison.Ordinal))
        {
            throw new Hl7Exception(Hl7Condition.UnsupportedProcessingId, $"Of this sender messages for {string.Join(", ", sender.Processing.ToCharArray())} are taken.", new Hl7Location("MSH", Field: 11));
        }
    }

    /// <summary>Waits until the hospital's share lets the message in; a connection that is not read from meanwhile slows its sender.</summary>
    private async Task<Hl7Fault?> AdmitAsync(TenantId tenant, int bytes, CancellationToken cancel)
    {
        while (true)
        {
            var found = await retry.AgainAsync(tenants.FindAsync(tenant, cancel), () => tenants.FindAsync(tenant, cancel), cancel);
            if (found is null || !found.IsReadable(time.GetUtcNow()))
            {
                return new Hl7Fault(Hl7Condition.UnknownKeyIdentifier, "There is no such hospital.", new Hl7Location("MSH", Field: 6));
            }

            var share = pools.For(tenant, found.Plan);
            var verdict = share.Admit(SessionTable.Name("hl7", tenant.Value), isWrite: true);
            if (verdict.IsAdmitted)
            {
                share.ChargeBytes(bytes);
                var work = share.TakeGuaranteed() ? WorkClass.Guaranteed : WorkClass.Burst;
                if (await turns.EnterAsync(tenant, share.Plan.Weight, work, cancel) == Turn.Taken)
                {
                    // The turn orders who begins; the connection itself takes one message after the other.
                    turns.Leave(work);
                    return null;
                }

                await Task.Delay(s_longestWait, time, cancel);
            }
            else if (verdict.Pool == PoolKind.Storage)
            {
                return new Hl7Fault(Hl7Condition.ApplicationRecordLocked, "The hospital has stored as much as its plan gives.");
            }
            else
            {
                await Task.Delay(verdict.RetryAfter < s_longestWait ? verdict.RetryAfter : s_longestWait, time, cancel);
            }
        }
    }

    /// <summary>Keeps what could not be read, where it is clear whose it is.</summary>
    private async Task<Hl7Answer> KeepUnreadAsync(string text, Hl7Message? message, IReadOnlyList<Hl7Sender> senders, Hl7Fault fault, string? address, CancellationToken cancel)
    {
        var answer = Say(message, fault, isStored: false);
        if (senders.Select(sender => sender.Tenant).Distinct().Count() != 1 || (message is not null && !senders.Any(sender => sender.Fits(message))))
        {
            LogRefused(logger, address, fault.ToString());
            return answer with { Code = "AR", Text = Acknowledgement.Of("AR", message, [fault], time.GetUtcNow(), NewId()) };
        }

        var sender = senders[0];
        if (await AdmitAsync(sender.Tenant, text.Length, cancel) is not null)
        {
            return answer;
        }

        // It has no name of its own: its content is its name.
        var name = MessageTask.DigestOf(text);
        var id = MessageTask.IdOf(sender.Tenant, name);
        var task = MessageTask.Make(id, name, text, message, sender.Agent, answer.Text, [fault], null, time.GetUtcNow());
        var done = await writer.KeepAsync(sender.Tenant, null, task, null, new Caller(sender.Agent, address), Encoding.UTF8.GetByteCount(text), cancel);
        return done is null or { Again: true } ? answer with { IsStored = true, TaskId = id } : answer;
    }

    private Hl7Answer Say(Hl7Message? message, Hl7Fault? fault, bool isStored, string? task = null)
    {
        var code = fault is null ? "AA" : fault.IsReject ? "AR" : "AE";
        IReadOnlyList<Hl7Fault> faults = fault is null ? [] : [fault];
        return new Hl7Answer(code, Acknowledgement.Of(code, message, faults, time.GetUtcNow(), NewId()), faults, isStored, task);
    }

    private static Hl7Answer Again(StoredMessage kept)
    {
        var code = kept.Answer.Split(Hl7Message.Terminator).FirstOrDefault(line => line.StartsWith("MSA", StringComparison.Ordinal)) is { Length: > 6 } msa ? msa.Split(msa[3])[1] : "AA";
        return new Hl7Answer(code, kept.Answer, [], IsStored: true, kept.Id);
    }

    private List<string> Answers(Hl7Message? message, Hl7Answer answer)
    {
        var (accept, application) = (message?.Header.Text(15) ?? "", message?.Header.Text(16) ?? "");
        if (accept.Length == 0 && application.Length == 0)
        {
            return [answer.Text];
        }

        var answers = new List<string>(2);
        if (Acknowledgement.IsWanted(accept, answer.IsStored))
        {
            var code = answer.IsStored ? "CA" : answer.Code == "AR" ? "CR" : "CE";
            answers.Add(Acknowledgement.Of(code, message, answer.IsStored ? [] : answer.Faults, time.GetUtcNow(), NewId()));
        }

        if (Acknowledgement.IsWanted(application, answer.Code == "AA"))
        {
            answers.Add(answer.Text);
        }

        return answers;
    }

    private static string NewId() => Guid.CreateVersion7().ToString("N");

    private static string RequestIdOf(Hl7Message message) => new([.. message.ControlId.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or ':').Take(64)]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message from {Address} is nobody's, and is not kept: {Reason}")]
    private static partial void LogRefused(ILogger logger, string? address, string reason);
}
