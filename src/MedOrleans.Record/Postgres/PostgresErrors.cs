using System.Net.Sockets;
using MedOrleans.Record.Store;
using Npgsql;

namespace MedOrleans.Record.Postgres;

/// <summary>Turns the provider's exceptions into the port's.</summary>
internal static class PostgresErrors
{
    /// <summary>Runs <paramref name="work"/>; what the database throws comes out as <see cref="RecordStoreException"/>.</summary>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (PostgresException e)
        {
            // The server's message may quote values of a row: only its code goes on.
            throw new RecordStoreException($"PostgreSQL refused a statement ({e.SqlState}).", e.IsTransient || IsRestart(e.SqlState));
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or IOException or TimeoutException)
        {
            throw new RecordStoreException("PostgreSQL cannot be reached.", isTransient: true, e);
        }
    }

    /// <summary>Whether a statement was ended so that another may go on, and can simply run again.</summary>
    public static bool IsDeadlock(PostgresException e) =>
        e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    // Administrator shutdown, crash shutdown, cannot connect now, and a session ended by them.
    private static bool IsRestart(string state) => state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal);
}
