using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;

namespace MedOrleans.Host.Hosting;

/// <summary>How a process that is told to stop lets go of its clients.</summary>
internal static class OrderlyStop
{
    /// <summary>A gateway gives notice before it closes. Returns what is cancelled by a second signal, which ends all waiting.</summary>
    public static CancellationToken AddOrderlyStop(this IHostApplicationBuilder builder, ProcessOptions options)
    {
        var signals = new StopSignals();
        var notice = options.IsGateway ? options.Http.StopNotice : TimeSpan.Zero;
        builder.Services.AddSingleton(_ => signals);

        // Whoever gave the process this socket, systemd as a rule, is told when it is ready and when it begins to stop (sd_notify).
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 0 })
        {
            builder.Services.AddSingleton<ISystemdNotifier, SystemdNotifier>();
            builder.Services.AddSingleton<IHostLifetime, SystemdLifetime>();
        }

        builder.Services.AddSingleton<IHostedService>(services => new Notice(services.GetRequiredService<StopSignals>(), notice, services.GetRequiredService<TimeProvider>()));
        return signals.Hurry;
    }

    /// <summary>Answers of a process that stops ask for the end of their connection: a client that kept it would find it closed under its next request.</summary>
    public static void UseFarewell(this IApplicationBuilder app)
    {
        var stopping = app.ApplicationServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        app.Use((context, next) =>
        {
            if (stopping.IsCancellationRequested)
            {
                context.Response.Headers.Connection = "close";
            }

            return next(context);
        });
    }

    /// <summary>Counts the signals to stop. The first begins it, which the host's lifetime does.</summary>
    private sealed class StopSignals : IDisposable
    {
        private readonly CancellationTokenSource _hurry = new();
        private readonly PosixSignalRegistration[] _signals;
        private int _heard;

        public StopSignals() => _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, Hear), PosixSignalRegistration.Create(PosixSignal.SIGINT, Hear)];

        public CancellationToken Hurry => _hurry.Token;

        public void Dispose()
        {
            Array.ForEach(_signals, static signal => signal.Dispose());
            _hurry.Dispose();
        }

        private void Hear(PosixSignalContext signal)
        {
            if (Interlocked.Increment(ref _heard) == 2)
            {
                _hurry.Cancel();
            }
        }
    }

    private sealed class Notice(StopSignals signals, TimeSpan notice, TimeProvider time) : IHostedLifecycleService
    {
        public async Task StoppingAsync(CancellationToken cancellationToken)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.Hurry);
            await Task.Delay(notice, time, cancel.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
