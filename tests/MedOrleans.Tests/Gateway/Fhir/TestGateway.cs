using System.Net.Http.Headers;
using System.Text.Json;
using MedOrleans.Gateway.Fhir;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
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
    private readonly DirectoryInfo? _folder;

    private TestGateway(WebApplication app, MemoryRecord record, DirectoryInfo? folder)
    {
        _app = app;
        _folder = folder;
        Record = record;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First() + "/fhir/north/") };
    }

    /// <summary>The record in memory, where the gateway is over that.</summary>
    public MemoryRecord Record { get; }

    public HttpClient Client { get; }

    public string BaseUrl => Client.BaseAddress!.ToString().TrimEnd('/');

    /// <summary>A gateway over a record in memory.</summary>
    public static Task<TestGateway> StartAsync(params (string Key, string Value)[] options)
    {
        var record = new MemoryRecord();
        return StartAsync(record, folder: null, options, services =>
        {
            services.AddSingleton<IRecordStores>(record);
            services.AddSingleton<ITenantDirectory>(record);
            services.AddSingleton(record.Grains);
        });
    }

    /// <summary>A gateway over SQLite, with writes that go straight to the store.</summary>
    public static async Task<TestGateway> StartOnSqliteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("medorleans-fhir-");
        var gateway = await StartAsync(new MemoryRecord(), folder, [], services =>
        {
            services.AddRecordStores(stores => stores.Databases["main"] = new RecordDatabaseOptions
            {
                Provider = RecordProvider.Sqlite,
                ConnectionString = $"Data Source={Path.Combine(folder.FullName, "record.db")}",
            });
            services.AddSingleton(provider => StraightCluster.Of(provider.GetRequiredService<IRecordStores>(), provider.GetRequiredService<SearchQueryParser>()));
        });
        await gateway._app.Services.MigrateRecordStoresAsync(CancellationToken.None);
        await gateway._app.Services.UnlockRecordStoresAsync(Path.Combine(folder.FullName, "master.key"), CancellationToken.None);
        var north = gateway.Record.North;
        await gateway._app.Services.GetRequiredService<ITenantDirectory>().SaveAsync(north, CancellationToken.None);
        await gateway._app.Services.GetRequiredService<IRecordStores>().Named("main").RegisterTenantAsync(north.Tenant, CancellationToken.None);
        return gateway;
    }

    private static async Task<TestGateway> StartAsync(
        MemoryRecord record, DirectoryInfo? folder, (string Key, string Value)[] options, Action<IServiceCollection> addRecord)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(
            options.Select(option => new KeyValuePair<string, string?>($"{FhirOptions.Section}:{option.Key}", option.Value)));
        builder.Services.AddFhir();
        builder.Services.AddSingleton<UsageCounters>();
        builder.Services.AddSingleton<PoolRegistry>();
        builder.Services.AddSingleton(new PoolOptions());
        builder.Services.AddSingleton(SearchParameterCatalog.R4);
        builder.Services.AddSingleton<ResourceReader>();
        builder.Services.AddSingleton<SearchQueryParser>();
        addRecord(builder.Services);
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
        return new TestGateway(app, record, folder);
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
        _folder?.Delete(recursive: true);
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
