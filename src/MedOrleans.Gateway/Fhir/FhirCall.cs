using System.Globalization;
using System.Net;
using MedOrleans.Gateway.Security;
using MedOrleans.Records;
using MedOrleans.Security;
using Microsoft.AspNetCore.Http;

namespace MedOrleans.Gateway.Fhir;

/// <summary>
/// What the interactions need to know of a request: whom it speaks for, what it prefers, and until when. The entries of a
/// Bundle share their request's.
/// </summary>
internal sealed class FhirCall : IDisposable
{
    private const int MaxReasonLength = 200;

    private readonly FhirOptions _options;
    private readonly TimeProvider _time;
    private readonly TimeSpan _limit;
    private readonly AccessPrincipal _principal;
    private CancellationTokenSource? _timer;
    private CancellationTokenSource? _linked;
    private string? _baseUrl;
    private string[]? _baseAddresses;
    private Caller? _caller;
    private Preferences? _preferences;

    public FhirCall(HttpContext http, FhirOptions options, TimeProvider time, TimeSpan limit)
    {
        Http = http;
        _options = options;
        _time = time;
        _limit = limit;
        _principal = Principal.Get(http);
    }

    /// <summary>The request and its response.</summary>
    public HttpContext Http { get; }

    /// <summary>The hospital that the token speaks for; null where it is not the address's.</summary>
    public TenantId? Proven => _principal.Tenant is { } tenant && Route("tenant") == tenant.Value ? tenant : null;

    /// <summary>When the token ends.</summary>
    public DateTimeOffset Expires => _principal.Expires;

    /// <summary>The client that asks.</summary>
    public string ClientId => _principal.ClientId;

    /// <summary>The bytes of the request's body, decompressed, once it has been read.</summary>
    public int BytesRead { get; set; }

    /// <summary>The hospital.</summary>
    public TenantId Tenant => _principal.Tenant ?? throw new InvalidOperationException("The token speaks for no hospital.");

    /// <summary>The address of the hospital's record, <c>https://host/fhir/north</c>.</summary>
    public string BaseUrl => _baseUrl ??= $"{Root(Http.Request, _options)}/fhir/{Tenant.Value}";

    /// <summary><see cref="BaseUrl"/> as the reader and the query parser take it.</summary>
    public IReadOnlyList<string> BaseAddresses => _baseAddresses ??= [BaseUrl + "/"];

    /// <summary>What the request prefers.</summary>
    public Preferences Preferences => _preferences ??= Preferences.Parse(Http.Request.Headers["Prefer"]);

    /// <summary>The audit columns of what this request writes.</summary>
    public Caller Caller => _caller ??= new Caller(
        _principal.ClientId, AddressOf(Http.Connection.RemoteIpAddress), Http.TraceIdentifier, ReasonOf(Http.Request), _principal.Scopes.Text);

    /// <summary>Cancelled when the client has gone or the time is over. Made when first asked for: a plain read never does.</summary>
    public CancellationToken Cancel
    {
        get
        {
            if (_linked is null)
            {
                _timer = new CancellationTokenSource(_limit, _time);
                _linked = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, Http.RequestAborted);
            }

            return _linked.Token;
        }
    }

    /// <summary>Whether the token's scopes grant this on that type (<c>*</c>: on all).</summary>
    public bool Allows(string type, Interaction interaction) => _principal.Scopes.Allows(type, interaction);

    /// <summary>The refusal where the token's scopes do not grant it; null where they do.</summary>
    public FhirResult? Forbids(string type, Interaction interaction) => Allows(type, interaction)
        ? null
        : FhirResult.Refused(403, "forbidden", $"The token's scopes do not grant {interaction.ToString().ToLowerInvariant()} on {(type == "*" ? "every type" : type)}.");

    /// <summary>A value of the address's path.</summary>
    public string Route(string name) => (string?)Http.Request.RouteValues[name] ?? "";

    /// <summary>Where the gateway is, as its clients see it.</summary>
    public static string Root(HttpRequest request, FhirOptions options) => options.PublicBaseUrl is { Length: > 0 } configured
        ? configured.TrimEnd('/')
        : string.Create(CultureInfo.InvariantCulture, $"{request.Scheme}://{request.Host.Value}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _linked?.Dispose();
        _timer?.Dispose();
    }

    private static string? AddressOf(IPAddress? address) =>
        (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString();

    private static string? ReasonOf(HttpRequest request)
    {
        var reason = request.Headers["X-Reason"].ToString();
        return reason.Length is 0 or > MaxReasonLength || reason.Any(char.IsControl) ? null : reason;
    }
}
