using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace MedOrleans.Gateway.Fhir;

/// <summary>The conditions of HTTP that FHIR builds on (R4, http.html#concurrency, #cread).</summary>
internal static class Conditions
{
    /// <summary>Reads <c>If-Match</c>: the version that must be current, null where there is no condition.</summary>
    /// <returns>False where it holds something else than one ETag of a version.</returns>
    public static bool TryReadIfMatch(string? header, out long? version)
    {
        version = null;
        if (string.IsNullOrEmpty(header))
        {
            return true;
        }

        if (!TryReadETag(header, out var number))
        {
            return false;
        }

        version = number;
        return true;
    }

    /// <summary>Whether the client has this version already.</summary>
    public static bool IsNotModified(StringValues ifNoneMatch, StringValues ifModifiedSince, long version, DateTimeOffset lastUpdated)
    {
        if (ifNoneMatch.Count > 0)
        {
            foreach (var part in ifNoneMatch.ToString().Split(','))
            {
                if (part.Trim() == "*" || (TryReadETag(part, out var number) && number == version))
                {
                    return true;
                }
            }

            // RFC 9110, 13.1.3: If-Modified-Since is ignored beside If-None-Match.
            return false;
        }

        return ifModifiedSince.Count > 0
            && DateTimeOffset.TryParse(ifModifiedSince, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since)
            && lastUpdated.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
    }

    private static bool TryReadETag(string text, out long version)
    {
        var tag = text.AsSpan().Trim();
        if (tag.StartsWith("W/", StringComparison.Ordinal))
        {
            tag = tag[2..];
        }

        return long.TryParse(tag.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }
}
