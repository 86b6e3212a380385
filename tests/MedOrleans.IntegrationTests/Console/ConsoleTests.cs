using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using MedOrleans.IntegrationTests.Host;
using MedOrleans.IntegrationTests.Wards;
using Microsoft.Playwright;

namespace MedOrleans.IntegrationTests.Console;

/// <summary>The console in a real browser.</summary>
public sealed partial class ConsoleTests(ConsoleFixture fixture) : IClassFixture<ConsoleFixture>
{
    // Every text against what is behind it (WCAG 2.2, 1.4.3), translucent layers mixed; what no browser paints is left out.
    private const string Contrast = """
        () => {
          const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
          const pen = canvas.getContext('2d', { willReadFrequently: true });
          const rgba = text => { pen.clearRect(0, 0, 1, 1); pen.fillStyle = text; pen.fillRect(0, 0, 1, 1); const d = pen.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
          const over = (top, under) => { const a = top[3]; return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a)).concat(1); };
          const behind = element => { const layers = []; for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
            return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]); };
          const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          const wrong = [];
          let seen = 0;
          for (const element of document.querySelectorAll('body *')) {
            const text = [...element.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join(' ').trim();
            const box = element.getBoundingClientRect(), style = getComputedStyle(element);
            if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || box.width < 2 || box.height < 2 || element.closest('.sr, .skip, noscript, title, script, style, [disabled]')) continue;
            const ground = behind(element), ink = over(rgba(style.color), ground);
            const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
            const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize), isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            seen++;
            if (ratio < (isLarge ? 3 : 4.5)) wrong.push(`${text.slice(0, 40)} (${element.tagName}.${element.className}) ${ratio.toFixed(2)}`);
          }
          return JSON.stringify({ seen, wrong });
        }
        """;

    [Fact]
    public async Task SignIn_WrongSecret_IsRefusedAlikeForWhoeverIsNamed()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.North.ClientId, "wrong");
        var refused = await visitor.Page.GetByRole(AriaRole.Alert).InnerTextAsync();
        Assert.Equal(fixture.North.ClientId, await visitor.Page.GetByLabel("Client id").InputValueAsync());
        await visitor.PictureAsync("refused");

        await visitor.SignInAsync("nobody.1", "wrong");

        Assert.Equal("The client id or its secret is wrong.", refused);
        Assert.Equal(refused, await visitor.Page.GetByRole(AriaRole.Alert).InnerTextAsync());
        Assert.Null(await visitor.CookieAsync());
        Assert.All(visitor.Complaints, complaint => Assert.Contains("401", complaint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SignIn_TooManyWrongSecrets_Waits()
    {
        await using var visitor = await fixture.VisitAsync();
        for (var i = 0; i < 20; i++)
        {
            await visitor.SignInAsync("guessed.1", $"guess {i}");
        }

        await visitor.SignInAsync("guessed.1", "one more");

        // The minute of the first guesses may have ended before the last.
        var alert = await visitor.Page.GetByRole(AriaRole.Alert).InnerTextAsync();
        for (var i = 0; i < 20 && !alert.StartsWith("Too many", StringComparison.Ordinal); i++)
        {
            await visitor.SignInAsync("guessed.1", "and more");
            alert = await visitor.Page.GetByRole(AriaRole.Alert).InnerTextAsync();
        }

        Assert.Equal("Too many failed attempts for this client. Try again in a minute.", alert);
    }

    [Fact]
    public async Task Operator_AfterSignIn_SeesSilosPoolsAlertsAndHospitals()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsOperatorAsync();
        await visitor.SeesAsync("Cluster");
        await visitor.SeesFiguresAsync();

        var cluster = await visitor.TextAsync();
        foreach (var shown in (string[])["Active silos", "Compute", "Memory", "Storage", "Network requests", "Sessions", "Capacity", "Guaranteed", "Headroom", "Top users now", "east hospital is suspended"])
        {
            Assert.Contains(shown, cluster, StringComparison.Ordinal);
        }

        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Hospitals", Exact = true }).ClickAsync();
        await visitor.SeesAsync("Hospitals");
        await visitor.SeesTextAsync("south hospital");
        await visitor.Page.GetByLabel("Search by name or slug").FillAsync("nor");
        await Assertions.Expect(visitor.Page.GetByText("south hospital")).ToHaveCountAsync(0);
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "north hospital" }).ClickAsync();
        await visitor.SeesAsync("north hospital");

        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Hospital_AfterSignIn_SeesItsOwnAlone()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.North);
        await visitor.SeesAsync("north hospital");
        await visitor.SeesFiguresAsync();
        await visitor.SeesTextAsync("Draft: the month is open");

        var page = await visitor.TextAsync();
        foreach (var shown in (string[])["Writes this month", "Usage by day", "Burst limit", "Headroom", "Statement", "api.write, included", "FOCUS"])
        {
            Assert.Contains(shown, page, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("south", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Quillfeather", page, StringComparison.Ordinal);
        Assert.Equal(0, await visitor.Page.GetByRole(AriaRole.Navigation).CountAsync());
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Work_OfAHospital_ShowsItsBedsAndTheMessagesThatNeedSomebody()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.Work);
        await visitor.SeesAsync("work hospital");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Wards and messages" }).ClickAsync();
        await visitor.SeesAsync("Wards and messages");
        await visitor.SeesTextAsync("3 West");
        var beds = visitor.Page.GetByRole(AriaRole.Listitem);
        var states = await beds.Locator("span").AllInnerTextsAsync();
        Assert.Equal(["Occupied", "Occupied", "Occupied", "Free", "Housekeeping", "Reserved", "Closed", "Free"], states);
        await Assertions.Expect(visitor.Page.Locator(".figure", new() { HasText = "Messages not taken" }).Locator("dd")).ToContainTextAsync("1");
        await visitor.Page.Locator("section", new() { HasText = "Messages not delivered" }).GetByText("hl7:lab").First.WaitForAsync();
        var page = await visitor.TextAsync();
        foreach (var shown in (string[])["3 of 8", "2 of 8 free", "ADT^A03", "There is no visit of this number", "ADT^A", "medorleans hl7 replay"])
        {
            Assert.Contains(shown, page, StringComparison.Ordinal);
        }

        // Of the patients nothing is shown: not the name in a message, nor whose bed it is.
        Assert.DoesNotContain("Berg", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Patient/", page, StringComparison.Ordinal);

        // Who comes is seen without a reload.
        await visitor.Page.EvaluateAsync("window.stayed = true");
        Assert.NotNull(await new WardWorld(fixture.Work.Client, "work").AdmitAsync("p3", "b3"));
        await Assertions.Expect(beds.Nth(3)).ToContainTextAsync("Occupied");
        Assert.True(await visitor.Page.EvaluateAsync<bool>("window.stayed"));
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Work_WithoutBedsOrMessages_SaysWhatABedIs()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.Quiet);
        await visitor.SeesAsync("quiet hospital");
        await visitor.Page.GotoAsync("/console/hospitals/quiet/work");
        await visitor.SeesTextAsync("No beds yet");
        await visitor.SeesTextAsync("Every message to this hospital was taken");
    }

    [Fact]
    public async Task Hospital_WithoutUsage_IsToldSo()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.Quiet);
        await visitor.SeesAsync("quiet hospital");

        await visitor.SeesTextAsync("No usage yet this month. Writes show here");
        await visitor.PictureAsync("quiet");
    }

    [Fact]
    public async Task Statement_Downloads_AreTheAdminApis()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.North);
        await visitor.SeesTextAsync("Draft: the month is open");

        foreach (var (name, begins) in ((string, string)[])[("CSV", "statement,month,kind"), ("FOCUS", "BilledCost,"), ("JSON", "{\"number\":\"north-")])
        {
            var file = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync());
            Assert.StartsWith(begins, await File.ReadAllTextAsync(await file.PathAsync()), StringComparison.Ordinal);
            Assert.StartsWith("north-20", file.SuggestedFilename, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Budget_OfAHospital_ShowsHowMuchOfItIsSpent()
    {
        using (var administrator = await fixture.Host.OperatorAsync())
        {
            using var put = await administrator.PutAsJsonAsync("/admin/tenants/south/budget", new { monthlyAmount = 500, hardCap = true });
            put.EnsureSuccessStatusCode();
        }

        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.South);
        await visitor.SeesTextAsync("of the month's budget of 500.00 EUR (writes stop once it is spent)");
        await visitor.PictureAsync("budget");

        Assert.Equal(2, await visitor.Page.Locator(".budget .mark").CountAsync());
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Page_AnotherHospitals_AnswersAsOneThatNobodyHas()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.North);
        await visitor.SeesFiguresAsync();
        var cookie = (await visitor.CookieAsync())!;
        using var http = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(fixture.Address) };
        http.DefaultRequestHeaders.Add("Cookie", $"{cookie.Name}={cookie.Value}");

        var statement = $"/console/hospitals/{{0}}/statements/{TimeProvider.System.GetUtcNow():yyyy-MM}";
        foreach (var path in (string[])["/console/hospitals/{0}", "/console/hospitals/{0}/work", statement, $"{statement}?format=csv"])
        {
            using var others = await http.GetAsync(new Uri(string.Format(null, path, "south"), UriKind.Relative));
            using var nobodys = await http.GetAsync(new Uri(string.Format(null, path, "nobody"), UriKind.Relative));
            Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (others.StatusCode, nobodys.StatusCode));
            Assert.Equal(await nobodys.Content.ReadAsStringAsync(), await others.Content.ReadAsStringAsync());
            Assert.Equal(Named(nobodys), Named(others));
        }

        using var operators = await http.GetAsync(new Uri("/console/hospitals", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, operators.StatusCode);

        // Within the open page no request is made that the edge could refuse.
        var seen = new List<string>();
        foreach (var slug in (string[])["south", "nobody", ""])
        {
            await visitor.Page.EvaluateAsync($"Blazor.navigateTo('/console/hospitals{(slug.Length == 0 ? "" : "/" + slug)}')");
            await visitor.Page.WaitForURLAsync($"**/console/hospitals{(slug.Length == 0 ? "" : "/" + slug)}");
            await visitor.SeesAsync("There is nothing at this address");
            seen.Add(await visitor.TextAsync());
        }

        Assert.Single(seen.Distinct());
        Assert.DoesNotContain("south", seen[0], StringComparison.Ordinal);
        Assert.Empty(visitor.Complaints);
    }

    [Fact]
    public async Task Usage_WhileThePageIsOpen_ShowsWithoutAReload()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.South);
        await visitor.SeesFiguresAsync();
        await visitor.Page.EvaluateAsync("window.stayed = true");
        var writes = visitor.Page.Locator(".figure", new() { HasText = "Writes this month" }).Locator("dd");
        var before = Leading(await writes.InnerTextAsync());
        var bar = await BarAsync();

        for (var i = 0; i < 7; i++)
        {
            await Hospital.CreatedAsync(fixture.South.Client, "south", "Live");
        }

        await Assertions.Expect(writes).ToContainTextAsync($"{before + 7}", new() { Timeout = 20_000 });
        await Assertions.Expect(visitor.Page.Locator(".bars .today")).Not.ToHaveAttributeAsync("title", bar, new() { Timeout = 20_000 });
        Assert.True(await visitor.Page.EvaluateAsync<bool>("window.stayed"));
        Assert.Empty(visitor.Complaints);

        async Task<string> BarAsync() => await visitor.Page.Locator(".bars .today").GetAttributeAsync("title") ?? "";
    }

    [Fact]
    public async Task Console_ByKeyboardAlone_IsWalkedFromSignInToAHospitalAndOut()
    {
        await using var visitor = await fixture.VisitAsync();
        var keyboard = visitor.Page.Keyboard;
        await visitor.Page.GotoAsync("/console");
        await Assertions.Expect(visitor.Page.GetByLabel("Client id")).ToBeFocusedAsync();
        await keyboard.TypeAsync(fixture.Operator.Id);
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync(fixture.Operator.Secret);
        await keyboard.PressAsync("Enter");
        await visitor.SeesAsync("Cluster");
        await visitor.SeesFiguresAsync();

        // From the top: the skip link is the first stop, is seen, and leads past the bar.
        await visitor.Page.EvaluateAsync("document.activeElement.blur(); scrollTo(0, 0)");
        await visitor.Page.EvaluateAsync("document.querySelector('.skip').focus()");
        Assert.Contains("Skip", await FocusAsync("textContent"), StringComparison.Ordinal);
        Assert.True(await visitor.Page.EvaluateAsync<bool>("document.activeElement.getBoundingClientRect().top >= 0"));
        await keyboard.PressAsync("Enter");
        Assert.Equal("main", await FocusAsync("id"));
        await visitor.Page.EvaluateAsync("document.querySelector('.skip').focus()");

        await TabToAsync("Hospitals");
        Assert.NotEqual("none", await visitor.Page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        await keyboard.PressAsync("Enter");
        await visitor.SeesAsync("Hospitals");
        await visitor.SeesTextAsync("north hospital");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToBeFocusedAsync();
        await TabToAsync("north hospital");
        await keyboard.PressAsync("Enter");
        await visitor.SeesAsync("north hospital");
        await visitor.SeesTextAsync("Draft: the month is open");
        await TabToAsync("Reads");
        await keyboard.PressAsync("Space");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Reads", Exact = true })).ToHaveAttributeAsync("aria-pressed", "true");
        await visitor.Page.EvaluateAsync("document.querySelector('.skip').focus()");
        await TabToAsync("Sign out");
        await keyboard.PressAsync("Enter");
        await visitor.SeesAsync("MedOrleans");

        Assert.Null(await visitor.CookieAsync());
        Assert.Empty(visitor.Complaints);

        async Task<string> FocusAsync(string property) => await visitor.Page.EvaluateAsync<string>($"document.activeElement.{property}");

        async Task TabToAsync(string text)
        {
            for (var i = 0; i < 80; i++)
            {
                await keyboard.PressAsync("Tab");
                if ((await FocusAsync("textContent")).Trim() == text)
                {
                    return;
                }
            }

            Assert.Fail($"The keyboard does not come to '{text}'.");
        }
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 375)]
    [InlineData(ColorScheme.Dark, 375)]
    public async Task Pages_InEitherThemeOnDesktopAndPhone_AreReadableAndFit(ColorScheme scheme, int width)
    {
        await using var visitor = await fixture.VisitAsync(scheme, width, width < 500 ? 812 : 900);
        var look = $"{scheme}-{width}".ToLowerInvariant();
        await visitor.Page.GotoAsync("/console");
        await CheckAsync("sign-in", 6);
        await visitor.SignInAsOperatorAsync();
        await visitor.SeesAsync("Cluster");
        await visitor.SeesFiguresAsync();
        await CheckAsync("cluster", 40);
        await visitor.Page.GotoAsync("/console/hospitals");
        await visitor.SeesTextAsync("north hospital");
        await CheckAsync("hospitals", 15);
        await visitor.Page.GotoAsync("/console/hospitals/north");
        await visitor.SeesTextAsync("Draft: the month is open");
        await CheckAsync("hospital", 50);
        await visitor.Page.GotoAsync("/console/hospitals/work/work");
        await visitor.SeesTextAsync("3 West");
        await CheckAsync("work", 40);
        await visitor.Page.GotoAsync("/console/hospitals/north");
        await visitor.SeesTextAsync("Draft: the month is open");

        Assert.Equal(scheme == ColorScheme.Dark ? "dark" : "light", await visitor.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        Assert.Equal(scheme == ColorScheme.Dark ? "light" : "dark", await visitor.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        await CheckAsync("hospital-switched", 50);
        Assert.Empty(visitor.Complaints);

        async Task CheckAsync(string name, int texts)
        {
            await visitor.PictureAsync($"{name}-{look}");
            Assert.True(await visitor.Page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{name} is wider than {width} px.");
            using var found = JsonDocument.Parse(await visitor.Page.EvaluateAsync<string>(Contrast));
            Assert.Empty(found.RootElement.GetProperty("wrong").EnumerateArray().Select(text => text.GetString()));
            Assert.True(found.RootElement.GetProperty("seen").GetInt32() >= texts, $"{name} has {found.RootElement.GetProperty("seen")} texts.");
        }
    }

    [Fact]
    public async Task Session_Cookie_IsNoTokenAndATokenIsNoSession()
    {
        await using var visitor = await fixture.VisitAsync();
        await visitor.SignInAsync(fixture.North);
        await visitor.SeesFiguresAsync();
        var cookie = (await visitor.CookieAsync())!;
        Assert.True(cookie.HttpOnly);
        Assert.Equal((SameSiteAttribute.Strict, "/console"), (cookie.SameSite, cookie.Path));

        using var http = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(fixture.Address) };
        using var asToken = new HttpRequestMessage(HttpMethod.Get, "/admin/tenants/north/usage");
        asToken.Headers.Authorization = new AuthenticationHeaderValue("Bearer", cookie.Value);
        using var refused = await http.SendAsync(asToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        foreach (var (name, value) in ((string, string)[])[("Cookie", $"{cookie.Name}={fixture.North.Token}"), ("Cookie", $"{cookie.Name}={cookie.Value}x"), ("Authorization", $"Bearer {fixture.North.Token}")])
        {
            using var asSession = new HttpRequestMessage(HttpMethod.Get, "/console/hospitals/north");
            asSession.Headers.Add(name, value);
            using var answer = await http.SendAsync(asSession);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task SignIn_FormOfAnotherSite_IsRefused()
    {
        using var http = new HttpClient { BaseAddress = new Uri(fixture.Address) };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["client_id"] = fixture.North.ClientId, ["client_secret"] = fixture.North.ClientSecret });
        using var answer = await http.PostAsync(new Uri("/console/sign-in", UriKind.Relative), form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key == "Set-Cookie" && header.Value.Any(value => value.StartsWith("medorleans-console=", StringComparison.Ordinal)));
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("https", true)]
    public async Task SignIn_BehindAProxy_MakesACookieThatFitsItsScheme(string scheme, bool isSecure)
    {
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(fixture.Address) };
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        using var page = await http.GetAsync(new Uri("/console/sign-in", UriKind.Relative));
        var token = FormToken().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value;
        var cookie = page.Headers.GetValues("Set-Cookie").Single();

        var to = $"{fixture.Address}/elsewhere";
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["__RequestVerificationToken"] = token,
            ["client_id"] = fixture.North.ClientId,
            ["client_secret"] = fixture.North.ClientSecret,
            ["to"] = to,
        });
        http.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        using var answer = await http.PostAsync(new Uri("/console/sign-in", UriKind.Relative), form);

        var session = answer.Headers.GetValues("Set-Cookie").Single(value => value.StartsWith("medorleans-console=", StringComparison.Ordinal));
        Assert.Equal(isSecure, session.Contains("; secure", StringComparison.Ordinal));
        Assert.Contains("; path=/console; ", session, StringComparison.Ordinal);
        Assert.Contains("; samesite=strict; httponly", session, StringComparison.Ordinal);
        Assert.Equal("/console", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Page_HostIsGone_SaysSo()
    {
        await using var host = await HostProcess.StartAsync();
        using var hospital = await host.CreateTenantAsync("north");
        await using var visitor = await fixture.VisitAsync();
        await visitor.Page.GotoAsync($"http://{host.Http}/console");
        await visitor.Page.GetByLabel("Client id").FillAsync(hospital.ClientId);
        await visitor.Page.GetByLabel("Client secret").FillAsync(hospital.ClientSecret);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await visitor.SeesFiguresAsync();

        await host.KillAsync();

        await visitor.SeesTextAsync("The connection is lost. Trying again");
    }

    [Fact]
    public async Task Console_SwitchedOff_IsNotThere()
    {
        await using var host = await HostProcess.StartAsync(settings: new Dictionary<string, string> { ["MEDORLEANS__Console__Enabled"] = "false" });

        foreach (var path in (string[])["/console", "/console/sign-in", "/console/_blazor/negotiate", "/nowhere"])
        {
            using var answer = await host.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    private static int Leading(string text) => int.Parse(Digits().Match(text.Replace(",", "", StringComparison.Ordinal)).Value, null);

    private static (string? Type, string? Disposition) Named(HttpResponseMessage response) =>
        (response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentDisposition?.ToString());

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();
}
