using System.Diagnostics;

namespace MedOrleans.IntegrationTests;

/// <summary>Waits on conditions.</summary>
public static class Eventually
{
    /// <summary>Returns once <paramref name="condition"/> holds; fails after <paramref name="limit"/> (a minute unless given).</summary>
    public static Task TrueAsync(Func<bool> condition, TimeSpan? limit = null) => TrueAsync(() => Task.FromResult(condition()), limit);

    /// <summary>Returns once <paramref name="condition"/> holds; fails after <paramref name="limit"/> (a minute unless given).</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (watch.Elapsed > (limit ?? TimeSpan.FromMinutes(1)))
            {
                throw new TimeoutException("The condition never held.");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
