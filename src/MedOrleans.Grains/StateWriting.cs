namespace MedOrleans.Grains;

/// <summary>How grains write their state.</summary>
internal static class StateWriting
{
    /// <summary>Writes the state; where that fails the activation ends, so that memory never runs ahead of the store.</summary>
    /// <param name="state">The state.</param>
    /// <param name="grain">The grain that owns it.</param>
    public static async Task WriteAsync<T>(this IPersistentState<T> state, IGrainBase grain)
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            grain.DeactivateOnIdle();
            throw;
        }
    }
}
