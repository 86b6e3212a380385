using System.Globalization;
using System.Text;

namespace MedOrleans.Benchmarks;

/// <summary>Made-up patients of about 1 KB, with what a registration desk takes down, and the requests that carry them.</summary>
internal static class Patients
{
    private static readonly string[] s_families = ["Abbott", "Baumann", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jensen", "Kowalski", "Lindqvist", "Moreau", "Nakamura", "Okafor", "Petrov", "Quintero", "Rossi", "Schneider", "Tanaka"];
    private static readonly string[] s_given = ["Ada", "Ben", "Chiara", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kamal", "Lena", "Mateo", "Nora", "Omar", "Paula", "Rosa", "Sven", "Tomas", "Yuki"];

    /// <summary>The JSON of patient <paramref name="number"/>.</summary>
    public static string Json(int number)
    {
        var family = s_families[number % 20] + Letters(number / 20 % 17_576);
        var given = s_given[number * 7 % 20];
        var born = new DateOnly(1925, 1, 1).AddDays(number * 37 % 36_000);
        return string.Create(CultureInfo.InvariantCulture, $$$"""
            {"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{{{given}}} {{{family}}}, born {{{born:yyyy-MM-dd}}}, registered at the north desk</div>"},"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR","display":"Medical Record Number"}]},"system":"urn:oid:2.16.840.1.113883.19.5","value":"MRN{{{number:D8}}}"}],"active":true,"name":[{"use":"official","family":"{{{family}}}","given":["{{{given}}}"]}],"telecom":[{"system":"phone","value":"+1-555-{{{number % 10_000:D4}}}","use":"home"}],"gender":"{{{(number % 2 == 0 ? "female" : "male")}}}","birthDate":"{{{born:yyyy-MM-dd}}}","address":[{"use":"home","line":["{{{number % 900 + 1}}} Harbour Street"],"city":"Northport","state":"MA","postalCode":"{{{number % 90_000 + 10_000}}}","country":"US"}],"communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-US","display":"English"}]}}]}
            """);
    }

    /// <summary>The family name's first part that patient <paramref name="number"/> has.</summary>
    public static string Family(int number) => s_families[number % 20] + Letters(number / 20 % 17_576);

    private static string Letters(int number) => string.Create(3, number, static (span, value) =>
    {
        for (var i = 0; i < 3; i++, value /= 26)
        {
            span[i] = (char)('a' + (value % 26));
        }
    });

    /// <summary>An HTTP/1.1 request as bytes.</summary>
    public static byte[] Request(string method, string path, string? token, string? body = null, string extra = "")
    {
        var length = body is null ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/fhir+json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        var authorization = token is null ? "" : $"Authorization: Bearer {token}\r\n";
        return Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{extra}{length}\r\n{body}");
    }
}
