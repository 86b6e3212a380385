using System.Net.Http.Headers;
using System.Text.Json;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Record.Fhir;
using MedOrleans.Record.Search;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using MedOrleans.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MedOrleans.Tests.Gateway.Fhir;

/// <summary>
/// The FHIR endpoints on a loopback port of their own, over a record in memory. In the place of the security middleware,
/// every request speaks for <c>north</c> with the scopes in its header <c>X-Scopes</c>, by default all.
/// </summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestGateway(WebApplication app, MemoryRecord record)
    {
        _app = app;
        Record = record;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/fhir/north/") };
    }

    public MemoryRecord Record { get; }

    public HttpClient Client { get; }

    public string BaseUrl => Client.BaseAddress!.ToString().TrimEnd('/');

    public static async Task<TestGateway> StartAsync(params (string Key, string Value)[] options)
    {
        var record = new MemoryRecord();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
            options.Select(option => new KeyValuePair<string, string?>($"{FhirOptions.Section}:{option.Key}", option.Value)));
        builder.Services.AddFhir();
        builder.Services.AddSingleton(SearchParameterCatalog.R4);
        builder.Services.AddSingleton<ResourceReader>();
        builder.Services.AddSingleton<SearchQueryParser>();
        builder.Services.AddSingleton<IRecordStores>(record);
        builder.Services.AddSingleton<ITenantDirectory>(record);
        builder.Services.AddSingleton(record.Grains);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            var given = context.Request.Headers["X-Scopes"].ToString();
            context.Features.Set(new AccessPrincipal(
                TenantId.Parse("north"), "ward", ScopeSet.TryParse(given.Length > 0 ? given : "system/*.cruds", out _)!, DateTimeOffset.MaxValue));
            return next(context);
        });
        app.MapFhir();
        await app.StartAsync();
        return new TestGateway(app, record);
    }

    public async Task<TestAnswer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, new MediaTypeHeaderValue("application/fhir+json"));
        }

        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type")
            {
                request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await Client.SendAsync(request);
        return new TestAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(
                header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>An answer, whole.</summary>
internal sealed record TestAnswer(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    /// <summary>The code of the OperationOutcome's first issue.</summary>
    public string? IssueCode => Json.GetProperty("resourceType").GetString() == "OperationOutcome"
        ? Json.GetProperty("issue")[0].GetProperty("code").GetString()
        : null;
}
