using System.Net.Http.Headers;
using System.Text;
using MedOrleans.Gateway.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MedOrleans.Host.Hosting;

/// <summary>Marks connections to the management address.</summary>
internal sealed class ManagementConnection;

/// <summary>Marks endpoints of the management address.</summary>
/// <param name="NeedsOperator">Whether the operator's credential is asked for, as a browser does (HTTP Basic).</param>
/// <param name="AlsoPublic">Whether the public address has it too.</param>
internal sealed record ManagementEndpoint(bool NeedsOperator = false, bool AlsoPublic = false);

/// <summary>Keeps the two addresses apart: neither answers what is the other's.</summary>
internal static class ManagementGate
{
    /// <summary>To be used between routing and the proof of tokens.</summary>
    public static void UseManagementGate(this IApplicationBuilder app, OperatorCredential administrator) => app.Use((context, next) =>
    {
        var endpoint = context.GetEndpoint()?.Metadata.GetMetadata<ManagementEndpoint>();
        if (context.Features.Get<ManagementConnection>() is null)
        {
            if (endpoint is { AlsoPublic: false })
            {
                // To the public address it is not there at all.
                context.SetEndpoint(null);
            }

            return next(context);
        }

        if (endpoint is null)
        {
            return Results.Problem("There is nothing at this address.", statusCode: 404).ExecuteAsync(context);
        }

        if (endpoint.NeedsOperator && !IsOperator(context.Request.Headers.Authorization, administrator))
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"medorleans operator\"";
            return Results.Problem("The operator's credential is needed.", statusCode: 401).ExecuteAsync(context);
        }

        return next(context);
    });

    private static bool IsOperator(string? header, OperatorCredential administrator)
    {
        if (!AuthenticationHeaderValue.TryParse(header, out var value) || value is not { Scheme: "Basic", Parameter: { } encoded })
        {
            return false;
        }

        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var length)
            && Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var id, var secret]
            && administrator.IsRight(id, secret);
    }
}
