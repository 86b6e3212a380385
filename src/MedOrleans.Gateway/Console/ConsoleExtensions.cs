using System.Xml.Linq;
using MedOrleans.Gateway.Admin;
using MedOrleans.Gateway.Console.Pages;
using MedOrleans.Rating;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MudBlazor.Services;
using Orleans;

namespace MedOrleans.Gateway.Console;

/// <summary>The console: a page for operators and hospitals, at <c>/console</c>.</summary>
internal static class ConsoleExtensions
{
    public static void AddConsole(this IServiceCollection services)
    {
        services.TryAddSingleton(new ConsoleOptions());
        services.AddSingleton<ConsoleSessions>();
        services.AddSingleton<ConsoleGate>();
        services.AddSingleton<ConsoleAssets>();
        services.AddSingleton<ConsoleData>();
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddMudServices();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "medorleans-console-form";
            antiforgery.Cookie.Path = ConsoleGate.Base;
            antiforgery.Cookie.HttpOnly = true;
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            antiforgery.SuppressXFrameOptionsHeader = true;
        });

        // A page lives in the process that rendered it, so its tokens need no life beyond; the session cookie is signed by the cluster's key.
        services.Configure<KeyManagementOptions>(keys => (keys.XmlRepository, keys.XmlEncryptor) = (new MemoryKeys(), new NullXmlEncryptor()));
    }

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<ConsoleOptions>().Enabled)
        {
            return;
        }

        var console = app.MapGroup(ConsoleGate.Base).WithMetadata(new ConsoleEndpoint());
        console.MapSignIn();
        console.MapGet("/assets/{file}", static (HttpContext context, string file, ConsoleAssets assets) => assets.Get(context, file)).AllowAnonymous();
        console.MapGet("/hospitals/{tenant}/statements/{month}", DownloadAsync);
        console.MapGet("/{**path}", static () => new RazorComponentResult<AbsentPage> { StatusCode = 404 });
        console.MapRazorComponents<App>().AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = null);
    }

    /// <summary>A statement as <c>/admin</c> gives it, to be saved where it is a table.</summary>
    private static Task<IResult> DownloadAsync(HttpContext context, string tenant, string month, string? format, IGrainFactory grains)
    {
        if (format is "csv" or "focus" or "json")
        {
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{tenant}-{(BillingMonth.TryParse(month, out var asked) ? asked.ToString() : "statement")}{(format == "focus" ? "-focus" : "")}.{(format == "json" ? "json" : "csv")}\"";
        }

        return StatementEndpoints.ShowAsync(context, tenant, month, format ?? "html", grains);
    }

    /// <summary>Keys that end with the process.</summary>
    private sealed class MemoryKeys : IXmlRepository
    {
        private readonly List<XElement> _keys = [];

        public IReadOnlyCollection<XElement> GetAllElements()
        {
            lock (_keys)
            {
                return [.. _keys.Select(key => new XElement(key))];
            }
        }

        public void StoreElement(XElement element, string friendlyName)
        {
            lock (_keys)
            {
                _keys.Add(new XElement(element));
            }
        }
    }
}
