using System.Security.Claims;
using System.Security.Cryptography;
using MedOrleans.Gateway.Console;
using MedOrleans.Gateway.Security;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace MedOrleans.Tests.Gateway.Console;

public sealed class ConsoleSessionsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 26, 3, 0, 0, TimeSpan.Zero));
    private readonly TokenKeys _keys = new(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));

    public void Dispose() => _keys.Dispose();

    [Fact]
    public async Task Find_UntilItsLifetimeIsOver_IsTheSession()
    {
        var sessions = Sessions(_keys);
        var (cookie, started) = sessions.Start(TenantId.Parse("north"), "north.1");

        _time.Advance(TimeSpan.FromMinutes(60) - TimeSpan.FromSeconds(1));
        Assert.Equal(started, await sessions.FindAsync(cookie));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await sessions.FindAsync(cookie));
    }

    [Fact]
    public async Task Find_ByAnotherGateway_IsTheSession()
    {
        var (cookie, started) = Sessions(_keys).Start(null, "operator");

        var found = await Sessions(_keys).FindAsync(cookie);

        Assert.Equal(started, found);
        Assert.True(found!.IsOperator);
    }

    [Fact]
    public async Task Find_OfAnotherKeyOrATokenOrNothing_IsNone()
    {
        using var others = new TokenKeys(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
        var sessions = Sessions(_keys);

        Assert.Null(await sessions.FindAsync(Sessions(others).Start(null, "operator").Cookie));
        Assert.Null(await sessions.FindAsync(new TokenIssuer(_keys, new SecurityOptions(), _time).Issue(null, "operator", TokenIssuer.OperatorScope)));
        Assert.Null(await sessions.FindAsync(null));
        Assert.Null(await sessions.FindAsync("nonsense"));
    }

    [Fact]
    public void MaySee_AHospitalsSession_IsItsOwnPageAlone()
    {
        var hospital = ConsoleSession.Of(Sessions(_keys).Start(TenantId.Parse("north"), "north.1").Session.ToUser())!;
        var administrator = ConsoleSession.Of(Sessions(_keys).Start(null, "operator").Session.ToUser())!;

        Assert.Equal((true, false, false), (hospital.MaySee("north"), hospital.MaySee("south"), hospital.MaySee(null)));
        Assert.True(administrator.MaySee("south"));
        Assert.Null(ConsoleSession.Of(new ClaimsPrincipal(new ClaimsIdentity([new Claim("client_id", "x"), new Claim("tenant", ""), new Claim("exp", "9999999999")], "else"))));
    }

    private ConsoleSessions Sessions(TokenKeys keys) => new(keys, new SecurityOptions(), new ConsoleOptions(), _time);
}
