using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using MedOrleans.Security;
using MedOrleans.Tenants;

namespace MedOrleans.Grains.Tenants;

/// <summary>A hospital's life and credentials, as pure functions.</summary>
internal static class TenantRules
{
    /// <summary>The pool of hospitals that were placed nowhere else.</summary>
    public const string Community = "community";

    private const int MostClients = 100;

    /// <summary>What is wrong with a command to create a hospital; null for nothing.</summary>
    public static string? Mistake(CreateTenant command) =>
        string.IsNullOrWhiteSpace(command.Name) || command.Name.Length > 200 ? "The name is missing, or longer than 200 characters."
        : command.Name.Any(char.IsControl) ? "The name has control characters."
        : command.Pool is { } pool && !TenantId.TryParse(pool, out _) ? "pool: has 2 to 40 characters of a-z, 0-9 and '-', and begins with a letter."
        : MistakeInScopes(command.Scopes);

    /// <summary>What is wrong with scopes; null for nothing.</summary>
    public static string? MistakeInScopes(string scopes) =>
        ScopeSet.TryParse(scopes, out var wrong) is null ? $"'{wrong}' is not a SMART system scope such as system/*.cruds or system/Patient.rs, nor tenant/admin."
        : string.IsNullOrWhiteSpace(scopes) ? "No scope is given."
        : null;

    /// <summary>
    /// The database that is to keep a new hospital's record: the one named, or the least loaded of the pool; of the community's where the pool has
    /// silos alone.
    /// </summary>
    /// <param name="command">What is asked for.</param>
    /// <param name="databases">What is configured.</param>
    /// <param name="loads">Open hospitals by database.</param>
    /// <param name="mistake">Why there is none.</param>
    public static string? Place(CreateTenant command, IReadOnlyList<RecordDatabase> databases, IReadOnlyDictionary<string, long> loads, out string? mistake)
    {
        var pool = databases.Any(database => database.Pool == command.Pool) ? command.Pool : Community;
        var found = command.Database is { } named
            ? databases.FirstOrDefault(database => database.Name == named && (command.Pool is null || database.Pool == pool))
            : databases.Where(database => database.Pool == pool).OrderBy(database => loads.GetValueOrDefault(database.Name)).ThenBy(database => database.Name, StringComparer.Ordinal).FirstOrDefault();
        mistake = found is not null ? null
            : command.Database is null ? $"No database takes hospitals of the pool '{pool}'."
            : $"There is no database '{command.Database}' in that pool.";
        return found?.Name;
    }

    /// <summary>Whether a hospital may go from one state to another.</summary>
    public static bool May(TenantStatus from, TenantStatus to) => (from, to) switch
    {
        (TenantStatus.Active, TenantStatus.Suspended) => true,
        (TenantStatus.Suspended, TenantStatus.Active) => true,
        (TenantStatus.Active or TenantStatus.Suspended, TenantStatus.Closed) => true,
        _ => from == to && from is TenantStatus.Active or TenantStatus.Suspended or TenantStatus.Closed,
    };

    /// <summary>Closes a hospital: what it was, and the end of its grace. To close again does not lengthen the grace.</summary>
    public static void Close(TenantState state, DateTimeOffset now, TimeSpan grace)
    {
        if (state.Status is TenantStatus.Active or TenantStatus.Suspended)
        {
            (state.StatusBefore, state.ClosedAt, state.DeleteAfter) = (state.Status, now, now + grace);
        }
    }

    /// <summary>Opens a closed hospital as it was before.</summary>
    public static void Reopen(TenantState state) => (state.Status, state.ClosedAt, state.DeleteAfter) = (state.StatusBefore, null, null);

    /// <summary>Stops a hospital's writes for its budget; one that is stopped already stays so for the reason that it was.</summary>
    /// <returns>Whether that changed anything.</returns>
    public static bool Cap(TenantState state)
    {
        if (state.Status != TenantStatus.Active)
        {
            return false;
        }

        (state.Status, state.IsCapped) = (TenantStatus.Suspended, true);
        return true;
    }

    /// <summary>Takes the budget's stop back, also from a hospital that was closed or is restored meanwhile and comes back later.</summary>
    /// <returns>Whether that changed anything.</returns>
    public static bool Uncap(TenantState state)
    {
        if (!state.IsCapped)
        {
            return false;
        }

        state.IsCapped = false;
        if (state.Status == TenantStatus.Suspended)
        {
            state.Status = TenantStatus.Active;
        }
        else if (state.StatusBefore == TenantStatus.Suspended)
        {
            state.StatusBefore = TenantStatus.Active;
        }

        return true;
    }

    /// <summary>Why a hospital may not be deleted now; null where it may.</summary>
    public static (TenantReplyStatus Status, string Detail)? MistakeInDeletion(TenantSummary tenant, DeleteTenant command, DateTimeOffset now) =>
        command.Confirmation != tenant.Name ? (TenantReplyStatus.Invalid, "confirm: is the hospital's name, exactly as it is written.")
        : command.Force || tenant.Status == TenantStatus.Deleting ? null
        : tenant.Status != TenantStatus.Closed ? (TenantReplyStatus.NotAllowed, "The hospital is not closed; force deletes it nevertheless.")
        : tenant.IsReadable(now) ? (TenantReplyStatus.NotAllowed, string.Create(CultureInfo.InvariantCulture, $"The hospital's grace period lasts until {tenant.DeleteAfter:u}; force deletes it nevertheless."))
        : null;

    /// <summary>The plans that a hospital has had, oldest first; one of before plans has had the default since it was created.</summary>
    public static IReadOnlyList<PlanPeriod> Plans(TenantState state) =>
        state.Plans.Count > 0 ? state.Plans : [new PlanPeriod(IPlanCatalogGrain.DefaultPlan, state.Created)];

    /// <summary>The plans once a hospital has another from now on; null where it has that one already.</summary>
    public static List<PlanPeriod>? ChangePlan(TenantState state, string planId, DateTimeOffset now)
    {
        var plans = Plans(state);
        return plans[^1].PlanId == planId ? null : [.. plans, new PlanPeriod(planId, now > plans[^1].From ? now : plans[^1].From)];
    }

    /// <summary>New client credentials, and what is kept of them; null where the hospital has too many.</summary>
    public static (ClientCredentials Shown, TenantClient Kept)? NewClient(TenantId tenant, TenantState state, string name, string scopes, DateTimeOffset now)
    {
        if (state.Clients.Count >= MostClients)
        {
            return null;
        }

        var id = $"{tenant.Value}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (new ClientCredentials(id, secret, scopes), new TenantClient { ClientId = id, Name = name, Scopes = scopes, SecretHash = Hash(secret), Created = now });
    }

    /// <summary>Gives a client another secret; the former one is good until <paramref name="formerUntil"/>.</summary>
    public static ClientCredentials Rotate(TenantClient client, DateTimeOffset formerUntil)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        (client.FormerHash, client.FormerUntil, client.SecretHash) = (client.SecretHash, formerUntil, Hash(secret));
        return new ClientCredentials(client.ClientId, secret, client.Scopes);
    }

    /// <summary>Whether a client is the last that may administer its hospital.</summary>
    public static bool IsLastAdmin(TenantState state, string clientId)
    {
        var admins = state.Clients.Where(client => ScopeSet.TryParse(client.Scopes, out _) is { IsTenantAdmin: true }).ToList();
        return admins.Count == 1 && admins[0].ClientId == clientId;
    }

    /// <summary>The scopes of the client whose secret is right; null otherwise.</summary>
    public static string? Authenticate(TenantState state, string clientId, string secret, DateTimeOffset now)
    {
        var client = state.Clients.Find(client => client.ClientId == clientId);

        // An unknown client costs the same time as a wrong secret.
        var hash = Hash(secret);
        var right = CryptographicOperations.FixedTimeEquals(hash, client?.SecretHash ?? new byte[SHA256.HashSizeInBytes])
            | (CryptographicOperations.FixedTimeEquals(hash, client?.FormerHash ?? new byte[SHA256.HashSizeInBytes]) & now < client?.FormerUntil);
        return right ? client?.Scopes : null;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
