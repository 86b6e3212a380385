using MedOrleans.Feeds;
using MedOrleans.Grains.Placement;

namespace MedOrleans.Grains.Feeds;

/// <summary>A feed. Who holds it is durable, so that a new activation knows of the hold that an earlier one gave.</summary>
[HospitalPool]
internal sealed class FeedGrain([PersistentState("feed-v1", "Default")] IPersistentState<FeedState> state, TimeProvider time) : Grain, IFeedGrain
{
    private static readonly TimeSpan s_span = TimeSpan.FromSeconds(15);

    private long _renewed;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // The hold may have been renewed a moment before the activation.
        _renewed = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public async Task<FeedHold?> TakeAsync(Guid holder)
    {
        if (state.State.Holder != holder)
        {
            if (state.State.Holder != Guid.Empty && time.GetElapsedTime(_renewed) < s_span)
            {
                return null;
            }

            state.State.Holder = holder;
            await state.WriteAsync(this);
        }

        _renewed = time.GetTimestamp();
        return new FeedHold(state.State.Position, s_span);
    }

    public Task<bool> AdvanceAsync(Guid holder, long position) => NoteAsync(holder, Math.Max(position, state.State.Position ?? position));

    public Task<bool> ResetAsync(Guid holder, long position) => NoteAsync(holder, position);

    public async Task LeaveAsync(Guid holder)
    {
        if (state.State.Holder == holder)
        {
            state.State.Holder = Guid.Empty;
            await state.WriteAsync(this);
        }
    }

    private async Task<bool> NoteAsync(Guid holder, long position)
    {
        if (state.State.Holder != holder)
        {
            return false;
        }

        if (state.State.Position != position)
        {
            state.State.Position = position;
            await state.WriteAsync(this);
        }

        _renewed = time.GetTimestamp();
        return true;
    }
}
