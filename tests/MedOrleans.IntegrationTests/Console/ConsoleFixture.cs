using System.Net.Http.Json;
using System.Text.Json;
using MedOrleans.IntegrationTests.Hl7v2;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using Microsoft.Playwright;

namespace MedOrleans.IntegrationTests.Console;

/// <summary>A host with a few hospitals, and a real browser to look at it with.</summary>
public sealed class ConsoleFixture : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;
    private Hl7Receiver _receiver = null!;
    private int _told;

    public HostProcess Host { get; private set; } = null!;

    /// <summary>A hospital that has been at work.</summary>
    public TenantAccess North { get; private set; } = null!;

    /// <summary>Another one.</summary>
    public TenantAccess South { get; private set; } = null!;

    /// <summary>One that has never done anything.</summary>
    public TenantAccess Quiet { get; private set; } = null!;

    /// <summary>One with a ward, a system that sends it messages, and one that takes none of its own.</summary>
    public TenantAccess Work { get; private set; } = null!;

    public (string Id, string Secret) Operator { get; private set; }

    public string Address => $"http://{Host.Http}";

    public async Task InitializeAsync()
    {
        var (listener, lab) = (Hl7World.FreePort(), Hl7World.FreePort());
        _receiver = new Hl7Receiver(lab, _ =>
        {
            Interlocked.Increment(ref _told);
            return "AE";
        });
        Host = await HostProcess.StartAsync(settings: new Dictionary<string, string>(Hl7World.Settings(listener).Concat(Hl7Receiver.Settings(lab)).ToDictionary())
        {
            ["MEDORLEANS__Hl7__Listeners__0__Senders__0__Tenant"] = "work",
            ["MEDORLEANS__Hl7__Subscribers__0__Tenant"] = "work",
            ["MEDORLEANS__Record__DirectoryCache"] = "00:00:00",
            ["MEDORLEANS__Metering__FlushInterval"] = "00:00:00.5",
            ["MEDORLEANS__Http__TrustedProxies__0"] = "127.0.0.1",
            ["MEDORLEANS__Console__RefreshInterval"] = "00:00:01",
        });
        using (var file = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Host.DataFolder, "operator.json"))))
        {
            Operator = (file.RootElement.GetProperty("clientId").GetString()!, file.RootElement.GetProperty("clientSecret").GetString()!);
        }

        North = await Host.CreateTenantAsync("north");
        South = await Host.CreateTenantAsync("south");
        Quiet = await Host.CreateTenantAsync("quiet");
        using (var administrator = await Host.OperatorAsync())
        {
            (await Host.CreateTenantAsync("east")).Dispose();
            using var suspended = await administrator.PostAsJsonAsync("/admin/tenants/east/suspend", new { });
            suspended.EnsureSuccessStatusCode();
        }

        for (var i = 0; i < 30; i++)
        {
            var id = await Hospital.CreatedAsync(North.Client, "north", $"Family{i}");
            await Hospital.FamilyAsync(North.Client, "north", id);
        }

        await Hospital.CreatedAsync(South.Client, "south", "Quillfeather");
        await WorkAsync(listener);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium(), Args = ["--no-sandbox", "--disable-gpu"] });
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        North.Dispose();
        South.Dispose();
        Quiet.Dispose();
        Work.Dispose();
        await Host.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private async Task WorkAsync(int listener)
    {
        Work = await Host.CreateTenantAsync("work");
        var ward = new WardWorld(Work.Client, "work");

        // A subscriber is told of what comes after its gateway has taken it on.
        await Eventually.TrueAsync(async () =>
        {
            using var told = await ward.PutAsync("Patient/told", $$"""{"resourceType":"Patient","id":"told","multipleBirthInteger":{{Random.Shared.Next(1, 1_000_000)}}}""");
            return Volatile.Read(ref _told) > 0;
        }, TimeSpan.FromSeconds(60));
        await ward.FillAsync(beds: 8, patients: 5);
        for (var i = 0; i < 3; i++)
        {
            Assert.NotNull(await ward.AdmitAsync($"p{i}", $"b{i}"));
        }

        Assert.Equal(200, (await ward.RunAsync("Location/b4/$block", """{"name":"state","valueCode":"H"}""")).Status);
        Assert.Equal(200, (await ward.RunAsync("Location/b5/$reserve", WardWorld.Reference("patient", "Patient/p4"))).Status);
        Assert.Equal(200, (await ward.RunAsync("Location/b6/$block", """{"name":"state","valueCode":"C"}""")).Status);
        Assert.Equal("AE", (await new Hl7World(Work.Client, "work", listener).SendAsync(Hl7World.Adt("A03", "late", "900", "V900"))).Code);
    }

    /// <summary>A person's browser, as new.</summary>
    public async Task<Visitor> VisitAsync(ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900) =>
        await Visitor.ComeAsync(this, await _browser.NewContextAsync(new()
        {
            BaseURL = Address,
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
        }));

    private static string Chromium() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("There is no chromium in the PATH; tests/run.sh installs it.");
}

/// <summary>Somebody at the console: what he does, and what his browser complains about.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private readonly ConsoleFixture _fixture;
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    private Visitor(ConsoleFixture fixture, IBrowserContext context, IPage page) => (_fixture, _context, Page) = (fixture, context, page);

    public IPage Page { get; }

    /// <summary>Errors in the browser's console, and requests to anywhere but the host.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<Visitor> ComeAsync(ConsoleFixture fixture, IBrowserContext context)
    {
        var visitor = new Visitor(fixture, context, await context.NewPageAsync());
        visitor.Page.SetDefaultTimeout(20_000);
        visitor.Page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                visitor._complaints.Add($"{message.Type}: {message.Text}");
            }
        };
        visitor.Page.PageError += (_, error) => visitor._complaints.Add(error);
        visitor.Page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(fixture.Address, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                visitor._complaints.Add($"asked {request.Url}");
            }
        };
        return visitor;
    }

    /// <summary>Fills in the form and sends it.</summary>
    public async Task SignInAsync(string id, string secret)
    {
        await Page.GotoAsync("/console");
        await Page.GetByLabel("Client id").FillAsync(id);
        await Page.GetByLabel("Client secret").FillAsync(secret);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    public Task SignInAsync(TenantAccess hospital) => SignInAsync(hospital.ClientId, hospital.ClientSecret);

    public Task SignInAsOperatorAsync() => SignInAsync(_fixture.Operator.Id, _fixture.Operator.Secret);

    /// <summary>Waits for a page's title line.</summary>
    public Task SeesAsync(string heading) => Page.GetByRole(AriaRole.Heading, new() { Name = heading, Exact = true, Level = 1 }).WaitForAsync();

    public Task SeesTextAsync(string text) => Page.GetByText(text).First.WaitForAsync();

    /// <summary>Waits until the figures are there.</summary>
    public async Task SeesFiguresAsync()
    {
        await SeesTextAsync("Live, as of");
        await Page.Locator(".waiting").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    public async Task<string> TextAsync() => await Page.Locator("body").InnerTextAsync();

    /// <summary>The session cookie.</summary>
    public async Task<BrowserContextCookiesResult?> CookieAsync() => (await _context.CookiesAsync()).FirstOrDefault(cookie => cookie.Name == "medorleans-console");

    /// <summary>A picture of the whole page, where somebody wants one: <c>MEDORLEANS_SCREENSHOTS</c> names a folder.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("MEDORLEANS_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
