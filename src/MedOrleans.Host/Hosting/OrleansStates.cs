using System.Data.Common;
using MedOrleans.Record.Lifecycle;
using MedOrleans.Record.Store;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MedOrleans.Host.Hosting;

/// <summary>The states of grains in Orleans' own tables.</summary>
internal sealed class OrleansStates(Settings settings) : IGrainStates
{
    /// <inheritdoc/>
    public async Task<long> EraseAsync(TenantId tenant, IReadOnlyCollection<string> kept, CancellationToken cancel)
    {
        try
        {
            if (!settings.IsEmbedded)
            {
                await using var postgres = new NpgsqlConnection(settings.Home.ConnectionString);
                await postgres.OpenAsync(cancel);
                return await DeleteAsync(postgres, tenant, kept, cancel);
            }

            await using var sqlite = new SqliteConnection(OrleansSchema.SqliteConnectionString(settings) + ";Pooling=false;Default Timeout=30");
            await sqlite.OpenAsync(cancel);
            await RunAsync(sqlite, "pragma secure_delete = on", cancel);
            var gone = await DeleteAsync(sqlite, tenant, kept, cancel);

            // Client names were in the states that were written over, too.
            await RunAsync(sqlite, "vacuum", cancel);
            await RunAsync(sqlite, "pragma wal_checkpoint(truncate)", cancel);
            return gone;
        }
        catch (DbException e)
        {
            throw new RecordStoreException($"Orleans' tables cannot be written: {(e as PostgresException)?.SqlState ?? e.GetType().Name}.", isTransient: true);
        }
    }

    private static async Task<long> DeleteAsync(DbConnection connection, TenantId tenant, IReadOnlyCollection<string> kept, CancellationToken cancel)
    {
        // A slug has no character that LIKE takes for a pattern.
        await using var command = connection.CreateCommand();
        var names = kept.Select((name, i) => (Parameter: $"@kept{i}", Name: name)).ToList();
        command.CommandText = $"delete from OrleansStorage where (GrainIdExtensionString = @slug or GrainIdExtensionString like @below) and GrainTypeString not in ({string.Join(", ", names.Select(name => name.Parameter))})";
        Add(command, "@slug", tenant.Value);
        Add(command, "@below", tenant.Value + "/%");
        names.ForEach(name => Add(command, name.Parameter, name.Name));
        return await command.ExecuteNonQueryAsync(cancel);
    }

    private static void Add(DbCommand command, string name, string value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }

    private static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancel);
    }
}
