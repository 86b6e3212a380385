using System.Text.Json.Serialization;
using MedOrleans.Gateway.Admin;
using MedOrleans.Gateway.Bulk;
using MedOrleans.Gateway.Console;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Gateway.Security;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace MedOrleans.Gateway;

/// <summary>The network edge: FHIR, administration, tokens.</summary>
public static class GatewayExtensions
{
    /// <summary>Registers the edge. Needs the record engine and stores, <see cref="TokenKeys"/>, an <see cref="OperatorCredential"/> and a grain factory.</summary>
    public static IServiceCollection AddGateway(this IServiceCollection services)
    {
        services.AddFhir();
        services.AddSingleton<BulkReferences>();
        services.AddSingleton<BulkLoader>();
        services.AddSingleton<ExportInteractions>();
        services.AddSingleton<ExportFiles>();
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<FailureLimiter>();
        services.AddSingleton<SignIn>();
        services.AddConsole();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = static context =>
        {
            if (context.Exception is RecordUnavailableException { Pool: not null } unavailable)
            {
                context.ProblemDetails.Detail = unavailable.Message;
            }

            if (context.HttpContext.Response.StatusCode == StatusCodes.Status503ServiceUnavailable && context.HttpContext.Response.Headers.RetryAfter.Count == 0)
            {
                context.HttpContext.Response.Headers.RetryAfter = "2";
            }
        });
        services.AddOpenApi("v1", openApi => openApi.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("admin", StringComparison.Ordinal) == true
            || endpoint.RelativePath?.StartsWith("signup", StringComparison.Ordinal) == true || endpoint.RelativePath == "oauth2/token");
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(System.Text.Json.JsonNamingPolicy.CamelCase)));
        return services;
    }

    /// <summary>Registers what proves tokens, on silos and gateways alike.</summary>
    /// <exception cref="ArgumentException">The options are wrong; the message lists every mistake, one a line.</exception>
    public static IServiceCollection AddAccessTokens(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(SecurityOptions.Section).Get<SecurityOptions>() ?? new SecurityOptions();
        var mistakes = options.Mistakes().ToList();
        if (mistakes.Count > 0)
        {
            throw new ArgumentException(string.Join('\n', mistakes), nameof(configuration));
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<IAccessTokenValidator, AccessTokenValidator>();
        return services;
    }

    /// <summary>Puts the proof of tokens before every endpoint; to be used after routing.</summary>
    public static IApplicationBuilder UseGatewaySecurity(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = static _ => false, StatusCodeSelector = StatusOf });
        app.UseMiddleware<SecurityMiddleware>();
        return app.UseAntiforgery();
    }

    /// <summary>Maps the edge's endpoints.</summary>
    public static void MapGateway(this IEndpointRouteBuilder app)
    {
        app.MapFhir();
        app.MapBulkLoad();
        app.MapExport();
        app.MapKeySet();
        app.MapOAuth();
        app.MapAdmin();
        app.MapSignUp();
        app.MapConsole();
    }

    private static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        _ when ClusterRetry.IsTransient(exception) => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
