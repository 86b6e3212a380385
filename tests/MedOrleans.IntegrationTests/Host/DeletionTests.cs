using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MedOrleans.IntegrationTests.Record;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MedOrleans.IntegrationTests.Host;

/// <summary>A hospital is deleted and leaves nothing: asked of every table and every file that there is, after crashes too.</summary>
public sealed class DeletionTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    // In the hospital's names, ids and credentials, and nowhere else.
    private const string Mark = "quillfeather";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Delete_AfterWorkAndCrashes_LeavesNothingButTheTombstone(bool onPostgres)
    {
        var database = onPostgres ? await postgres.NewDatabaseAsync() : null;
        var data = Directory.CreateTempSubdirectory("medorleans-delete-").FullName;
        try
        {
            string token;
            (string Id, string Secret) birch;
            await using (var host = await HostProcess.StartAsync(database, data, Settings()))
            {
                using var north = await host.CreateTenantAsync("north", scopes: "system/*.cruds tenant/admin");
                using var neighbour = await host.CreateTenantAsync("north-2");
                (token, birch) = (north.Token, (neighbour.ClientId, neighbour.ClientSecret));
                await FillAsync(north, 3000);
                await FillAsync(neighbour, 20, "other");
                using var client = await north.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/clients", UriKind.Relative), new { name = Mark, scopes = "system/*.rs" });
                Assert.Equal(HttpStatusCode.Created, client.StatusCode);
                if (!onPostgres)
                {
                    Assert.NotEmpty(MarkedFiles(data));
                }

                await RefusalsAsync(host, north);
                using var administrator = await host.OperatorAsync();
                using var begun = await administrator.PostAsJsonAsync(new Uri("/admin/tenants/north/delete", UriKind.Relative), new { confirm = "north hospital", force = true });
                Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);

                // From here on it is as if it had never been.
                using var read = await north.Client.GetAsync(new Uri("/fhir/north/Patient/quillfeather-1", UriKind.Relative));
                Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
                await StepAsync(administrator, step => step is not ("destroyKeys" or "settle"));
                await host.KillAsync();
            }

            await using (var host = await HostProcess.StartAsync(database, data, Settings()))
            {
                using var administrator = await host.OperatorAsync();
                await StepAsync(administrator, step => step is not ("countRows" or "deleteRows"));
                await host.KillAsync();
            }

            await using var last = await HostProcess.StartAsync(database, data, Settings());
            using var operators = await last.OperatorAsync();
            await StepAsync(operators, step => step == "finished");

            await AbsentAsync(last, operators, token);
            await CertifiedAsync(last, operators, data);

            // The neighbour felt nothing, and the last statement can still be made.
            using (var neighbour = await last.AuthorizedAsync(birch.Id, birch.Secret, null))
            {
                Assert.Equal(20, (await Hospital.GetAsync(neighbour, "/fhir/north-2/Patient?_summary=count")).GetProperty("total").GetInt32());
                var (code, output, error) = await HostProcess.CommandAsync(["usage", "verify", "--tenant", "north-2", "--data", data, "--server", $"http://{last.Http}"]);
                Assert.True(code == 0, output + error);
            }

            var statement = await Hospital.GetAsync(operators, $"/admin/tenants/north/statements/{TimeProvider.System.GetUtcNow():yyyy-MM}");
            Assert.Equal("north hospital", statement.GetProperty("tenantName").GetString());

            if (onPostgres)
            {
                await EmptyTablesAsync(new NpgsqlConnection(database));
            }
            else
            {
                await EmptyTablesAsync(new SqliteConnection($"Data Source={Path.Combine(data, "record.db")};Pooling=false"));
                Assert.Empty(MarkedFiles(data));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Delete_ByTheCommandLine_AfterTheGrace()
    {
        await using var host = await HostProcess.StartAsync(settings: Settings(("MEDORLEANS__Lifecycle__GracePeriod", "00:00:00")));
        using var north = await host.CreateTenantAsync("north");
        await Hospital.CreatedAsync(north.Client, "north", "Ek");
        string[] data = ["--data", host.DataFolder];

        var (code, _, error) = await HostProcess.CommandAsync(["tenant", "delete", "north", "--confirm", "north hospital", .. data]);
        Assert.Equal((1, true), (code, error.Contains("not closed", StringComparison.Ordinal)));
        (code, _, error) = await HostProcess.CommandAsync(["tenant", "close", "north", .. data]);
        Assert.True(code == 0, error);
        (code, _, error) = await HostProcess.CommandAsync(["tenant", "delete", "north", "--confirm", "north", .. data]);
        Assert.Equal((1, true), (code, error.Contains("confirm:", StringComparison.Ordinal)));
        (code, var output, error) = await HostProcess.CommandAsync(["tenant", "delete", "north", "--confirm", "north hospital", .. data]);
        Assert.True(code == 0, error);
        Assert.Contains("north is deleted", output, StringComparison.Ordinal);
        (code, output, _) = await HostProcess.CommandAsync(["tenant", "list", .. data]);
        Assert.Equal((0, false), (code, output.Contains("north", StringComparison.Ordinal)));
    }

    private static Dictionary<string, string> Settings(params (string Name, string Value)[] more) => new(more.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)))
    {
        ["MEDORLEANS__Lifecycle__SettleTime"] = "00:00:01",
        ["MEDORLEANS__Record__DirectoryCache"] = "00:00:00",
        ["MEDORLEANS__Metering__FlushInterval"] = "00:00:00.5",
    };

    private static async Task FillAsync(TenantAccess hospital, int patients, string mark = Mark)
    {
        foreach (var round in new[] { "Before", "After" })
        {
            var lines = new StringBuilder();
            for (var i = 0; i < patients; i++)
            {
                lines.AppendLine($$$"""{"resourceType":"Patient","id":"{{{mark}}}-{{{i}}}","name":[{"family":"{{{round}}}{{{mark}}}{{{i}}}","given":["{{{mark}}}"]}],"address":[{"city":"{{{mark}}} on the {{{round}}}"}],"birthDate":"1984-03-02"}""");
            }

            using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/fhir+ndjson");
            using var loaded = await hospital.Client.PostAsync(new Uri($"/fhir/{hospital.Tenant}/$bulk-load", UriKind.Relative), content);
            Assert.Equal(0, (await Hospital.JsonAsync(loaded)).GetProperty("refused").GetInt32());
        }

        using var export = new HttpRequestMessage(HttpMethod.Get, $"/fhir/{hospital.Tenant}/$export");
        export.Headers.Add("Prefer", "respond-async");
        (await hospital.Client.SendAsync(export)).Dispose();
    }

    private static async Task RefusalsAsync(HostProcess host, TenantAccess north)
    {
        using var administrator = await host.OperatorAsync();
        foreach (var (body, status) in new (object, HttpStatusCode)[]
        {
            (new { confirm = "North Hospital", force = true }, HttpStatusCode.BadRequest),
            (new { confirm = "north hospital" }, HttpStatusCode.Conflict),
        })
        {
            using var refused = await administrator.PostAsJsonAsync(new Uri("/admin/tenants/north/delete", UriKind.Relative), body);
            Assert.Equal(status, refused.StatusCode);
        }

        using var own = await north.Client.PostAsJsonAsync(new Uri("/admin/tenants/north/delete", UriKind.Relative), new { confirm = "north hospital", force = true });
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);
        using var none = await administrator.GetAsync(new Uri("/admin/tenants/north/certificate", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static Task StepAsync(HttpClient administrator, Func<string, bool> reached) => Eventually.TrueAsync(async () =>
        reached((await Hospital.GetAsync(administrator, "/admin/tenants/north/deletion")).GetProperty("step").GetString()!));

    private static async Task AbsentAsync(HostProcess host, HttpClient administrator, string token)
    {
        using var client = new HttpClient { BaseAddress = host.Client.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        foreach (var path in new[] { "/fhir/north/Patient/quillfeather-1", "/fhir/north/Patient", "/fhir/north/_history", "/admin/tenants/north", "/admin/tenants/north/usage" })
        {
            using var read = await client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        }

        foreach (var path in new[] { "", "/plan", "/usage", "/keys", "/statements", "/clients" })
        {
            using var read = await administrator.GetAsync(new Uri($"/admin/tenants/north{path}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
        }

        using var again = await administrator.PostAsJsonAsync(new Uri("/admin/tenants", UriKind.Relative), new { tenant = "north", name = "Another North" });
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        using var twice = await administrator.PostAsJsonAsync(new Uri("/admin/tenants/north/delete", UriKind.Relative), new { confirm = "north hospital", force = true });
        Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
    }

    private static async Task CertifiedAsync(HostProcess host, HttpClient administrator, string folder)
    {
        var file = Path.Combine(folder, "certificate.json");
        var server = $"http://{host.Http}";
        var (code, _, error) = await HostProcess.CommandAsync(["tenant", "certificate", "north", "--out", file, "--data", folder, "--server", server]);
        Assert.True(code == 0, error);
        (code, var output, error) = await HostProcess.CommandAsync(["certificate", "verify", file, "--server", server]);
        Assert.True(code == 0, error);
        Assert.Contains("The certificate is valid", output, StringComparison.Ordinal);

        var says = (await Hospital.GetAsync(administrator, "/admin/tenants/north/certificate")).GetProperty("says");
        Assert.Equal(("north", "operator", true), (says.GetProperty("hospital").GetString(), says.GetProperty("requestedBy").GetString(), says.GetProperty("beforeTheEndOfGrace").GetBoolean()));
        var rows = says.GetProperty("deletedRows");
        Assert.Equal((6000, 3000, 1), (rows.GetProperty("version").GetInt64(), rows.GetProperty("resource").GetInt64(), rows.GetProperty("tenant_directory").GetInt64()));
        Assert.True(rows.GetProperty("index_text").GetInt64() > 6000 && rows.GetProperty("export_row").GetInt64() == 3000);
        var key = Assert.Single(says.GetProperty("destroyedKeys").EnumerateArray());
        Assert.Equal((32, JsonValueKind.String), (key.GetProperty("fingerprint").GetString()!.Length, key.GetProperty("destroyed").ValueKind));

        // One letter changed, and it is worth nothing.
        var view = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement.GetProperty("jws").GetString()!.Split('.');
        var forged = Convert.ToBase64String(Encoding.UTF8.GetBytes(says.GetRawText().Replace("north", "south", StringComparison.Ordinal))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await File.WriteAllTextAsync(file, $"{view[0]}.{forged}.{view[2]}");
        (code, _, error) = await HostProcess.CommandAsync(["certificate", "verify", file, "--server", server]);
        Assert.Equal((1, true), (code, error.Contains("NOT valid", StringComparison.Ordinal)));
    }

    /// <summary>The files with the mark in them, in whatever case.</summary>
    private static List<string> MarkedFiles(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.db*").Where(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return Encoding.Latin1.GetString(memory.ToArray()).Contains(Mark, StringComparison.OrdinalIgnoreCase);
        }).Select(file => Path.GetFileName(file)!)];

    /// <summary>Asks every table of the database for rows of the hospital and for the mark, in any column.</summary>
    private static async Task EmptyTablesAsync(System.Data.Common.DbConnection connection)
    {
        await using (connection)
        {
            await connection.OpenAsync();
            var isPostgres = connection is NpgsqlConnection;
            var schema = isPostgres ? "medorleans." : "";
            var number = await ScalarAsync(connection, $"select no from {schema}tenant where slug = 'north'");
            var columns = await ListAsync(connection, isPostgres
                ? "select table_schema || '.' || table_name, column_name, data_type from information_schema.columns where table_schema in ('medorleans', 'public')"
                : "select t.name, c.name, c.type from pragma_table_list t join pragma_table_info(t.name) c where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite_%'");
            Assert.True(columns.Select(column => column[0]).Distinct().Count() > 10);
            var kept = new SortedDictionary<string, long>(StringComparer.Ordinal);
            foreach (var (table, column, type) in columns.Select(column => (column[0], column[1], column[2])))
            {
                var isText = type.Contains("text", StringComparison.OrdinalIgnoreCase) || type.Contains("char", StringComparison.OrdinalIgnoreCase);
                var condition = column == "tenant" && !isText ? $"{column} = {number}"
                    : isText ? $"{column} = 'north' or {column} like 'north/%' or {column} like 'north.%'"
                    : null;
                if (condition is not null && await ScalarAsync(connection, $"select count(*) from {table} where {condition}") is > 0 and var rows)
                {
                    kept.Add($"{table[(table.IndexOf('.', StringComparison.Ordinal) + 1)..]}.{column}", rows);
                }

                Assert.Equal(0, await ScalarAsync(connection, $"select count(*) from {table} where lower(cast({column} as text)) like '%{Mark}%'"));
                Assert.Equal(0, await ScalarAsync(connection, $"select count(*) from {table} where lower({(isPostgres ? $"cast({column} as text)" : $"hex({column})")}) like '%{Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Mark))}%'"));
            }

            Assert.Equal(0, await ScalarAsync(connection, $"select count(*) from {schema}tenant_key where slug = 'north' and wrapped is not null"));
            Assert.Equal(
                ErasedTables.Kept.Keys.Select(table => $"{table}.{(table == "usage" ? "tenant" : "slug")}").Append(isPostgres ? "orleansstorage.grainidextensionstring" : "").Where(name => name.Length > 0).Order(StringComparer.Ordinal),
                kept.Keys);
        }
    }

    private static async Task<long> ScalarAsync(System.Data.Common.DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(), provider: null);
    }

    private static async Task<List<string[]>> ListAsync(System.Data.Common.DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        var rows = new List<string[]>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        }

        return rows;
    }
}
