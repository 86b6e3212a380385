using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Which media types are spoken: FHIR JSON and nothing else (R4, http.html#mime-type).</summary>
internal static class MediaTypes
{
    /// <summary>What every answer is.</summary>
    public const string FhirJson = "application/fhir+json; charset=utf-8";

    /// <summary>Whether the client takes JSON of R4; <c>_format</c> overrides <c>Accept</c>.</summary>
    public static bool Accepts(HttpRequest request)
    {
        if (request.QueryString.HasValue && request.Query.TryGetValue("_format", out var format) && format.Count > 0)
        {
            return IsJson(format[0]!.Replace(' ', '+'));
        }

        var accept = request.Headers.Accept;
        if (accept.Count == 0 || (accept.Count == 1 && accept[0] is "*/*" or "application/fhir+json" or "application/json" or ""))
        {
            return true;
        }

        foreach (var value in accept)
        {
            foreach (var part in value!.Split(','))
            {
                if (IsJson(part))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>What server-sent events are.</summary>
    public const string EventStream = "text/event-stream";

    /// <summary>Whether the client asks for server-sent events.</summary>
    public static bool AcceptsEvents(HttpRequest request) =>
        request.Headers.Accept.Any(static accept => accept?.Split(',').Any(static part => part.Trim().StartsWith(EventStream, StringComparison.OrdinalIgnoreCase)) == true);

    /// <summary>Whether a body of that Content-Type is read as JSON; one without is.</summary>
    public static bool IsReadable(string? contentType)
    {
        if (contentType is null or "application/fhir+json" or "application/json" or FhirJson)
        {
            return true;
        }

        return MediaTypeHeaderValue.TryParse(contentType, out var type)
            && type.MediaType.Value?.ToUpperInvariant() is "APPLICATION/FHIR+JSON" or "APPLICATION/JSON" or "TEXT/JSON" or "APPLICATION/JSON+FHIR"
            && (!type.Charset.HasValue || type.Encoding is UTF8Encoding or ASCIIEncoding);
    }

    /// <summary>Whether a body of that Content-Type is a form.</summary>
    public static bool IsForm(string? contentType) =>
        contentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsJson(string text)
    {
        if (text.Trim() is "json")
        {
            return true;
        }

        if (!MediaTypeHeaderValue.TryParse(text, out var type) || type.Quality == 0)
        {
            return false;
        }

        var version = type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("fhirVersion", StringComparison.OrdinalIgnoreCase));
        return (version is null || version.Value.Value is "4.0")
            && type.MediaType.Value?.ToUpperInvariant()
                is "*/*" or "APPLICATION/*" or "TEXT/*" or "APPLICATION/FHIR+JSON" or "APPLICATION/JSON" or "TEXT/JSON" or "APPLICATION/JSON+FHIR";
    }
}
