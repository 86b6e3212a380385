using System.Globalization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace MedOrleans.IntegrationTests.Isolation;

/// <summary>
/// A request of alder's that is sent twice: once with birch's names in its holes <c>{0}</c>, <c>{1}</c>, … and once with names that nobody has. Without a hole it is
/// sent once, and its answer must hold nothing of birch's.
/// </summary>
/// <param name="Kind">What it tries.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Theirs">Birch's names.</param>
/// <param name="Absent">Nobody's.</param>
/// <param name="Body">The body; null for none.</param>
/// <param name="MediaType">The body's type.</param>
/// <param name="Header">A further header; null for none.</param>
/// <param name="AtConsole">Whether it is sent with the session of somebody at the console, and no token.</param>
public sealed record Probe(
    string Kind, string Method, string Path, string[] Theirs, string[] Absent, string? Body = null, string MediaType = "application/fhir+json", (string Name, string Value)? Header = null, bool AtConsole = false);

/// <summary>Makes probes from what the host says of itself: its routes, search parameters and includes. The same seed makes the same probes.</summary>
public sealed class ProbeGenerator(ProbeWorld world, int seed)
{
    private const string Anything = """{"tenant":"{0}","name":"x","pool":"community","plan":"hospital","invitation":"{0}.x","note":"x","scopes":"system/*.rs","confirm":"{0}","resourceType":"Basic","code":{"text":"x"}}""";

    private static readonly string[] s_tenants = ["birch"];
    private static readonly string[] s_nobody = ["nobdy"];
    private static readonly string[] s_types = ["Patient", "Practitioner", "Organization", "Encounter", "Observation", "Condition", "Basic", "AuditEvent"];
    private static readonly string[] s_options = ["_count=5", "_total=accurate", "_summary=count", "_summary=true", "_elements=id", "_sort=_id", "_sort=-_lastUpdated", "_pretty=true", "_format=json"];

    private readonly Random _random = new(seed);
    private readonly IReadOnlyList<RouteEndpoint> _routes = [.. world.Routes.Where(route => route.RoutePattern.RawText?.Contains("dashboard", StringComparison.Ordinal) != true && route.RoutePattern.RawText?.Contains("metrics", StringComparison.Ordinal) != true)];

    /// <summary>Every route by every method at the address of the other hospital, then as many other reads as are asked for.</summary>
    public IEnumerable<Probe> Reads(int count)
    {
        var made = 0;
        foreach (var probe in _routes.SelectMany(route => Methods(route).Select(method => Foreign(route, method))).OfType<Probe>())
        {
            yield return probe;
            made++;
            if (probe.Path.StartsWith("/console", StringComparison.Ordinal))
            {
                yield return probe with { Kind = "console: route", AtConsole = true };
                made++;
            }
        }

        for (; made < count; made++)
        {
            yield return _random.Next(21) switch
            {
                0 or 1 => AtForeignAddress(),
                2 or 3 or 4 => ById(),
                5 or 6 or 7 or 8 or 9 => Search(),
                10 or 11 => Chain(),
                12 or 13 => Include(),
                14 => Page(),
                15 or 16 => Batch(),
                17 => OwnRoute(),
                18 => Posted(),
                19 => AtConsole(),
                _ => Trail(),
            };
        }
    }

    /// <summary>Writes under names of birch's, each name once.</summary>
    public IEnumerable<Probe> Writes()
    {
        while (world.Writable.TryDequeue(out var pair))
        {
            const string Body = """{"resourceType":"Basic","id":"{0}","code":{"text":"x"}}""", New = """{"resourceType":"Basic","code":{"text":"x"}}""";
            const string Condition = $"identifier={ProbeWorld.Identifiers}|{{1}}";
            yield return _random.Next(10) switch
            {
                0 => Of("write: put", "PUT", "/fhir/alder/Basic/{0}", pair, Body),
                1 => Of("write: put if", "PUT", "/fhir/alder/Basic/{0}", pair, Body, header: ("If-Match", "W/\"1\"")),
                2 => Of("write: delete", "DELETE", "/fhir/alder/Basic/{0}", pair),
                3 => Of("write: conditional create", "POST", "/fhir/alder/Basic", pair, New, header: ("If-None-Exist", Condition)),
                4 => Of("write: conditional update", "PUT", $"/fhir/alder/Basic?{Condition}", pair, New),
                5 => Of("write: conditional delete", "DELETE", $"/fhir/alder/Basic?{Condition}", pair),
                6 => Of("write: transaction", "POST", "/fhir/alder", pair, $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{{{Body}}},"request":{"method":"PUT","url":"Basic/{0}","ifMatch":"W/\"1\""}}]}"""),
                7 => Of("write: conditional reference", "POST", "/fhir/alder", pair, $$$"""{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"Basic?{{{Condition}}}"}},"request":{"method":"POST","url":"Basic"}}]}"""),
                8 => Of("write: bulk load", "POST", "/fhir/alder/$bulk-load", pair, Body + "\n", "application/fhir+ndjson"),
                _ => Unsafe(pair),
            };
        }
    }

    private static IEnumerable<string> Methods(RouteEndpoint route) =>
        route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET", "POST", "PUT", "PATCH", "DELETE"];

    private static Probe Of(string kind, string method, string path, ProbePair pair, string? body = null, string mediaType = "application/fhir+json", (string, string)? header = null) =>
        new(kind, method, path, pair.Theirs, pair.Absent, body, mediaType, header);

    /// <summary>A route at birch's address, and at that of a hospital that is not there; a route without an address, with birch's name in its body.</summary>
    private Probe? Foreign(RouteEndpoint route, string method)
    {
        // Signing in is limited by client id: it has a probe of its own.
        if (route.RoutePattern.RawText?.Contains("oauth2", StringComparison.Ordinal) == true)
        {
            return new Probe("token", "POST", "/oauth2/token", [world.Others["clientId"].Theirs], [world.Others["clientId"].Absent], "grant_type=client_credentials&client_id={0}&client_secret=x", "application/x-www-form-urlencoded");
        }

        var pair = Pick(world.Pairs);
        var path = PathOf(route.RoutePattern, name => name switch
        {
            "tenant" => "{0}",
            "type" => pair.Type,
            "version" => "1",
            "month" => ProbeWorld.Month,
            "plan" => "hospital",
            "documentName" => "v1",
            _ when world.Others.TryGetValue(name, out var other) => other.Theirs,
            _ => pair.Theirs[0],
        });
        var isFhir = path.StartsWith("/fhir", StringComparison.Ordinal);
        return new Probe(
            "route: another's address", method, path, s_tenants, s_nobody,
            method is "GET" or "HEAD" or "DELETE" ? null : Anything, isFhir ? "application/fhir+json" : "application/json");
    }

    /// <summary>A safe route of alder's own with birch's ids in it.</summary>
    private Probe OwnRoute()
    {
        while (true)
        {
            var route = Pick(_routes);
            if (Methods(route).FirstOrDefault(method => method is "GET") is { } method && Own(route, method, Pick(world.Pairs)) is { } probe)
            {
                return probe;
            }
        }
    }

    private Probe Unsafe(ProbePair pair)
    {
        while (true)
        {
            var route = Pick(_routes);
            if (Methods(route).FirstOrDefault(method => method is not ("GET" or "HEAD" or "POST")) is { } method && Own(route, method, pair) is { } probe)
            {
                return probe with { Kind = "route: another's id, unsafe" };
            }
        }
    }

    private Probe? Own(RouteEndpoint route, string method, ProbePair pair)
    {
        var names = route.RoutePattern.Parameters.Select(parameter => parameter.Name).ToList();
        var hole = names.Find(name => world.Others.ContainsKey(name)) is { } other ? world.Others[other] : (pair.Theirs[0], pair.Absent[0]);
        var path = PathOf(route.RoutePattern, name => name switch
        {
            "tenant" => "alder",
            "type" => pair.Type,
            "version" => "1",
            "month" => ProbeWorld.Month,
            "plan" => "hospital",
            "documentName" => "v1",
            _ => "{0}",
        });
        return path.Contains("{0}", StringComparison.Ordinal)
            ? new Probe("route: another's id", method, path, [hole.Item1], [hole.Item2], method is "PUT" or "PATCH" ? Anything : null, path.StartsWith("/fhir", StringComparison.Ordinal) ? "application/fhir+json" : "application/json")
            : null;
    }

    private Probe AtForeignAddress()
    {
        var pair = Pick(world.Pairs);
        var tail = _random.Next(5) switch
        {
            0 => $"{pair.Type}/{pair.Theirs[0]}",
            1 => $"{pair.Type}/{pair.Theirs[0]}/_history",
            2 => $"{pair.Type}?identifier={pair.Theirs[1]}",
            3 => Pick(world.Links),
            _ => $"{Pick(s_types)}?{Pick(s_options)}",
        };
        return new Probe("another's address", "GET", Pick(["/fhir/{0}/", "/fhir/{0}//", "/fhir/alder/../{0}/", "/fhir/alder/%2e%2e/{0}/", "/FHIR/{0}/", "/admin/tenants/{0}/"]) + tail, s_tenants, s_nobody);
    }

    /// <summary>A page of birch's, asked for by somebody of alder's who is signed in at the console.</summary>
    private Probe AtConsole()
    {
        var month = Pick([ProbeWorld.Month, "2026-10", "2027-01", "1999-12", "x"]);
        var path = Pick([
            "hospitals/{0}", "hospitals/{0}/work", "hospitals/{0}/", $"hospitals/{{0}}?month={ProbeWorld.Month}", "hospitals//{0}", "hospitals/alder/../{0}", "hospitals/alder/%2e%2e/{0}", "hospitals/%7B{0}", "hospitals/{0}%20", "Hospitals/{0}",
            $"hospitals/{{0}}/statements/{month}", $"hospitals/{{0}}/statements/{month}?format={Pick(["html", "csv", "focus", "json", "x"])}", $"hospitals/alder/statements/{month}?tenant={{0}}", "hospitals/alder?tenant={0}",
            "hospitals?after={0}", "?tenant={0}", "sign-in?to=/console/hospitals/{0}"]);
        return new Probe("console: page", Pick(["GET", "GET", "GET", "HEAD", "POST"]), "/console/" + path, s_tenants, s_nobody, AtConsole: true);
    }

    private Probe ById()
    {
        var pair = Pick(world.Pairs);
        var type = _random.Next(4) == 0 ? Pick(s_types) : pair.Type;
        var path = Pick([
            $"{type}/{{0}}", $"{type}/{{0}}/_history", $"{type}/{{0}}/_history/1", $"{type}/{{0}}/_history/2", $"{type}/{{0}}?_summary=true", $"{type}/{{0}}/", $"{type}/%7B{{0}}", $"{type}/{{0}}%20",
            $"{type}/{{0}}%2F_history", $"{type}/{{0}}.json", $"{type}/..%2F..%2Fbirch%2F{type}%2F{{0}}", $"{type}/{{0}}/$everything", $"{type}/{{0}}?_elements=id&_pretty=true"]);
        (string, string)? header = _random.Next(5) switch { 0 => ("If-None-Match", "W/\"1\""), 1 => ("X-Tenant", "birch"), 2 => ("X-Original-URL", "/fhir/birch/Patient"), _ => null };
        return Of("id", _random.Next(6) == 0 ? "HEAD" : "GET", "/fhir/alder/" + path, pair, header: header);
    }

    private Probe Search()
    {
        var pair = Pick(world.Pairs);
        var (type, name, kind) = Parameter(pair);
        return Of("search", "GET", $"/fhir/alder/{type}?{Criterion(pair, name, kind)}{More(pair)}", pair);
    }

    private Probe Chain()
    {
        var pair = Pick(world.Pairs);
        var (type, name, _) = Pick([.. world.Parameters.Where(parameter => parameter.Kind == "reference")]);
        var (target, far, kind) = Pick([.. world.Parameters.Where(parameter => s_types.Contains(parameter.Type))]);
        var criterion = Criterion(pair, far, kind);
        return Of("chain", "GET", _random.Next(3) switch
        {
            0 => $"/fhir/alder/{type}?{name}:{target}.{criterion}",
            1 => $"/fhir/alder/{type}?{name}.{criterion}",
            _ => $"/fhir/alder/{target}?_has:{type}:{name}:{criterion}",
        } + More(pair), pair);
    }

    private Probe Include()
    {
        var pair = Pick(world.Pairs);
        var (type, parameter, value) = world.Includes.Count > 0 ? Pick(world.Includes) : ("Observation", "_include", "Observation:subject");
        return Of("include", "GET", _random.Next(4) switch
        {
            0 => $"/fhir/alder/{type}?_id={{0}},{{3}}&{parameter}={value}",
            1 => "/fhir/alder/Observation?_id={3}&_include=*&_include:iterate=Observation:subject",
            2 => $"/fhir/alder/Observation?_id={{3}}&_include=Observation:subject&_include=Observation:performer&{parameter}={value}",
            _ => "/fhir/alder/Patient?_id={0}&_revinclude=Observation:subject&_revinclude=Encounter:subject",
        }, pair);
    }

    private Probe Page() => new("page", "GET", "/fhir/alder/" + Pick(world.Links), [], []);

    private Probe Batch()
    {
        var entries = Enumerable.Range(0, _random.Next(1, 6)).Select(_ =>
        {
            var pair = Pick(world.Pairs);
            return $$$"""{"request":{"method":"GET","url":"{{{Pick([$"{pair.Type}/{{0}}", $"{world.Address}fhir/birch/{pair.Type}/{{0}}", $"/fhir/birch/{pair.Type}/{{0}}", $"../birch/{pair.Type}/{{0}}", $"{pair.Type}?_id={{0}}", $"{pair.Type}?identifier={{1}}", "Observation?_id={3}&_include=*", $"{pair.Type}/{{0}}/_history/1", "Patient?family={2}"])}}}"}}""";
        });
        return Of("bundle", "POST", "/fhir/alder", Pick(world.Pairs), $$"""{"resourceType":"Bundle","type":"{{Pick(["batch", "transaction"])}}","entry":[{{string.Join(',', entries)}}]}""");
    }

    private Probe Posted()
    {
        var pair = Pick(world.Pairs);
        var (type, name, kind) = Parameter(pair);
        return Of("search: posted", "POST", $"/fhir/alder/{type}/_search", pair, Criterion(pair, name, kind) + More(pair), "application/x-www-form-urlencoded");
    }

    private Probe Trail()
    {
        var pair = Pick(world.Pairs);
        return Of("history and audit", "GET", "/fhir/alder/" + Pick([$"AuditEvent?entity={pair.Type}/{{0}}", $"AuditEvent?entity={pair.Type}/{{0}}&action=D", "AuditEvent/{0}", $"{pair.Type}/{{0}}/_history?_count=1", $"{pair.Type}/{{0}}/_history?_since=2020-01-01", $"{pair.Type}/{{0}}/_history?_at=2026"]), pair);
    }

    /// <summary>Any parameter of any type, or, as often, one that finds what the pair names.</summary>
    private (string Type, string Name, string Kind) Parameter(ProbePair pair) => _random.Next(2) == 0
        ? Pick(world.Parameters)
        : Pick([.. world.Parameters.Where(parameter => parameter.Type == pair.Type && parameter.Name is "_id" or "identifier" or "family" or "name" or "subject" or "patient")]);

    private string Criterion(ProbePair pair, string name, string kind) => kind switch
    {
        _ when name == "_id" => $"{name}={Pick(["{0}", "{0},{3}", "{3},{0}"])}",
        "reference" => $"{name}={Pick(["{0}", $"{pair.Type}/{{0}}", $"{world.Address}fhir/birch/{pair.Type}/{{0}}", $"{world.Address}fhir/alder/{pair.Type}/{{0}}", $"{pair.Type}/{{0}}/_history/1"])}",
        "token" => Pick([$"{name}={{1}}", $"{name}={ProbeWorld.Identifiers}|{{1}}", $"{name}=|{{1}}", $"{name}:not={{1}}&_id={{0}}", $"{name}:text={{2}}", $"{name}:missing=false&_id={{0}}"]),
        "string" => Pick([$"{name}={{2}}", $"{name}:contains={{2}}", $"{name}:exact={{2}}", $"{name}:missing=true&_id={{0}}"]),
        "uri" => $"{name}=urn:{{1}}",
        "date" => $"{name}=gt2000-01-01&_id={{0}}",
        _ => $"{name}=1&_id={{0}}",
    };

    private string More(ProbePair pair) => string.Concat(Enumerable.Range(0, _random.Next(3)).Select(_ => "&" + (_random.Next(6) == 0 ? $"_lastUpdated=gt2020-01-01&identifier={pair.Type}" : Pick(s_options))));

    private T Pick<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    private static string PathOf(RoutePattern pattern, Func<string, string> value) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => value(parameter.Name),
        _ => string.Create(CultureInfo.InvariantCulture, $"{part}"),
    }))));
}
