using MedOrleans.Gateway.Fhir;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace MedOrleans.Gateway.Console.Pages;

/// <summary>A page that keeps its figures up to date for as long as it is looked at.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _ending = new();

    [Inject]
    internal ConsoleData Data { get; set; } = null!;

    [Inject]
    internal ConsoleOptions Options { get; set; } = null!;

    [Inject]
    internal TimeProvider Time { get; set; } = null!;

    [Inject]
    internal AuthenticationStateProvider Authentication { get; set; } = null!;

    [Inject]
    internal NavigationManager Navigation { get; set; } = null!;

    /// <summary>Whether there has been an answer, or a refusal.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Since when the cluster does not answer; null while it does.</summary>
    protected DateTimeOffset? LostSince { get; private set; }

    internal ConsoleSession? Session { get; private set; }

    /// <summary>Ends with the page.</summary>
    protected CancellationToken Ending => _ending.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads the figures.</summary>
    internal abstract Task ReadAsync(ConsoleSession session, CancellationToken cancel);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        Session ??= ConsoleSession.Of((await Authentication.GetAuthenticationStateAsync()).User);
        await RefreshAsync();
    }

    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
        {
            _ = StayAsync();
        }
    }

    /// <summary>Reads the figures now, and says so where they cannot be read.</summary>
    protected async Task RefreshAsync()
    {
        if (Session is null)
        {
            Leave();
            return;
        }

        try
        {
            await ReadAsync(Session, Ending);
            (IsLoaded, LostSince) = (true, null);
        }
        catch (OperationCanceledException) when (Ending.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (SessionEndedException)
        {
            Leave();
        }
        catch (Exception e) when (ClusterRetry.IsTransient(e) || e is TimeoutException)
        {
            LostSince ??= Time.GetUtcNow();
        }
    }

    /// <summary>Ends the page's loop.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ending.Cancel();
            _ending.Dispose();
        }
    }

    private async Task StayAsync()
    {
        using var timer = new PeriodicTimer(Options.RefreshInterval, Time);
        var ending = Ending;
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                await InvokeAsync(async () =>
                {
                    if (!ending.IsCancellationRequested)
                    {
                        await RefreshAsync();
                        StateHasChanged();
                    }
                });
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
#pragma warning disable CA1031 // Whatever it is belongs to the page's error boundary, not to a task that nobody awaits.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await DispatchExceptionAsync(e);
        }
    }

    private void Leave() => Navigation.NavigateTo($"{ConsoleGate.Base}/sign-in?ended=1&to={Uri.EscapeDataString(new Uri(Navigation.Uri).AbsolutePath)}", forceLoad: true);
}
