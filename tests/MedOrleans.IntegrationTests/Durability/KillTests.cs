namespace MedOrleans.IntegrationTests.Durability;

/// <summary>Power cuts of the host and of the store, in the middle of writes, many times over.</summary>
public sealed class KillTests
{
    private const int Rounds = 8;

    [Fact]
    public async Task Postgres_HostAndStoreKilledInTheMiddleOfWrites_NothingAcknowledgedIsLost()
    {
        await using var postgres = await PrivatePostgres.StartAsync();
        var data = Directory.CreateTempSubdirectory("medorleans-kill-").FullName;
        try
        {
            var written = new AcknowledgedWrites("north");
            (string Id, string Secret)? credential = null;
            for (var round = 0; round < Rounds; round++)
            {
                await using var host = await HostProcess.StartAsync(postgres.ConnectionString, data);
                credential = await CredentialAsync(host, credential);
                await WriteUntilKilledAsync(host, credential.Value, written, round, async () =>
                {
                    if (round % 2 == 0)
                    {
                        await postgres.KillAsync();
                    }

                    await host.KillAsync();
                });
                if (round % 2 == 0)
                {
                    await postgres.RestartAsync();
                }
            }

            await VerifyAsync(postgres.ConnectionString, data, credential!.Value, written);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Sqlite_HostKilledInTheMiddleOfWrites_NothingAcknowledgedIsLost()
    {
        var data = Directory.CreateTempSubdirectory("medorleans-kill-").FullName;
        try
        {
            var written = new AcknowledgedWrites("north");
            (string Id, string Secret)? credential = null;
            for (var round = 0; round < Rounds; round++)
            {
                await using var host = await HostProcess.StartAsync(dataFolder: data);
                credential = await CredentialAsync(host, credential);
                await WriteUntilKilledAsync(host, credential.Value, written, round, host.KillAsync);
            }

            await VerifyAsync(null, data, credential!.Value, written);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task<(string Id, string Secret)> CredentialAsync(HostProcess host, (string Id, string Secret)? known)
    {
        if (known is { } credential)
        {
            return credential;
        }

        using var tenant = await host.CreateTenantAsync("north");
        return (tenant.ClientId, tenant.ClientSecret);
    }

    private static async Task WriteUntilKilledAsync(
        HostProcess host, (string Id, string Secret) credential, AcknowledgedWrites written, int round, Func<Task> kill)
    {
        using var client = await host.AuthorizedAsync(credential.Id, credential.Secret, null);
        using var stop = new CancellationTokenSource();
        var before = written.Count;
        var writers = Enumerable.Range(0, 16).Select(writer => written.WriteAsync(client, (round * 100) + writer, stop.Token)).ToArray();

        // The cut comes at another count of acknowledged writes each round, while all sixteen are at it.
        await Eventually.TrueAsync(() => written.Count > before + 150 + (round * 61));
        await kill();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    private static async Task VerifyAsync(string? connectionString, string data, (string Id, string Secret) credential, AcknowledgedWrites written)
    {
        await using var host = await HostProcess.StartAsync(connectionString, data);
        using var client = await host.AuthorizedAsync(credential.Id, credential.Secret, null);
        using var administrator = await host.OperatorAsync();
        await written.VerifyAsync(client, administrator);
    }
}
