using MedOrleans.Connections;
using MedOrleans.Gateway.Hl7;
using MedOrleans.Gateway.Hl7.Mllp;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Host.Hosting;

/// <summary>The addresses at which HL7 v2 messages are taken.</summary>
internal static class Hl7Hosting
{
    /// <summary>Listens at each of them.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">The listeners.</param>
    /// <param name="certificates">The certificates of those that have them, by their place in the options.</param>
    public static void ListenForHl7(this KestrelServerOptions kestrel, Hl7Options options, IReadOnlyDictionary<int, TlsCertificates> certificates)
    {
        foreach (var (i, listener) in options.Listeners.Index())
        {
            kestrel.Listen(listener.EndPoint!, listen =>
            {
                if (certificates.TryGetValue(i, out var own))
                {
                    var logger = kestrel.ApplicationServices.GetRequiredService<ILogger<TlsCertificates>>();
                    listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(own.Current(logger).Server()) });
                }

                var handle = kestrel.ApplicationServices.GetRequiredService<MllpHandler>().Of(listener);
                listen.Run(connection => handle(connection));
            });
        }
    }
}
