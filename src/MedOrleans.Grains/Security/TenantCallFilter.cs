using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using MedOrleans.Grains.Records;
using MedOrleans.Metering.Pools;
using MedOrleans.Metering.Usage;
using MedOrleans.Plans;
using MedOrleans.Record.Store;
using MedOrleans.Records;
using MedOrleans.Security;

namespace MedOrleans.Grains.Security;

/// <summary>
/// Lets a call in by what it proves. The cluster's own processes show the cluster's secret. A client shows an access token: it
/// reaches tenant-facing interfaces of the tenant that leads the grain's key, within the token's scopes, and nothing else.
/// </summary>
internal sealed class TenantCallFilter(ClusterCredential cluster, IAccessTokenValidator tokens, ITenantDirectory directory, TimeProvider time) : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<MethodInfo, Access> _access = new();

    public Task Invoke(IIncomingGrainCallContext context)
    {
        if (RequestContext.Get(CallCredentials.ClusterSecret) is string secret && cluster.Matches(secret))
        {
            return AdmitCompute(context) is { } full ? Task.FromException(full) : MeterAsync(context);
        }

        var access = _access.GetOrAdd(context.InterfaceMethod, Access.Of);
        return access switch
        {
            // Orleans' silos talk among themselves through interfaces of its own; a client may only learn the cluster's manifest and cancel its calls.
            { IsOwn: false } when context.SourceId?.IsClient() != true || access.IsClientPlumbing => context.Invoke(),
            { IsTenantFacing: true } => ProveAsync(context, access),
            _ => throw new AccessDeniedException(),
        };
    }

    private async Task ProveAsync(IIncomingGrainCallContext context, Access access)
    {
        // What a client says about itself is no evidence.
        RequestContext.Remove(CallCredentials.Agent);
        RequestContext.Remove(CallCredentials.Scopes);
        if (RequestContext.Get(CallCredentials.AccessToken) is not string token
            || await tokens.ValidateAsync(token) is not { Tenant: { } tenant } principal
            || !TryTarget(context, out var owner, out var type)
            || owner != tenant
            || !principal.Scopes.Allows(type, access.Requires))
        {
            throw new AccessDeniedException();
        }

        // Whoever still has a token of a hospital that is no more finds nothing, as at the edge.
        var found = await RecordWriter.GuardAsync(() => directory.FindAsync(tenant, CancellationToken.None));
        if (found?.IsReadable(time.GetUtcNow()) != true)
        {
            throw new AccessDeniedException();
        }

        if (context.Grain is IMeteredGrain { Pools: var pools }
            && pools.Admit(SessionTable.Name(principal.ClientId, context.SourceId?.ToString()), isWrite: false) is { Pool: { } pool, RetryAfter: var wait })
        {
            throw new PoolExhaustedException(pool, wait);
        }

        RequestContext.Set(CallCredentials.Agent, principal.ClientId);
        RequestContext.Set(CallCredentials.Scopes, principal.Scopes.Text);
        await MeterAsync(context);
        Count(context, access.Requires);
    }

    /// <summary>The refusal of a gateway's call whose hospital has used up its compute share here; null where it may go on. The gateway has held it against the other pools.</summary>
    private static PoolExhaustedException? AdmitCompute(IIncomingGrainCallContext context) =>
        context.Grain is IMeteredGrain grain && context.SourceId?.IsClient() == true && grain.Pools.AdmitCompute() is { Pool: { } pool, RetryAfter: var wait }
            ? new PoolExhaustedException(pool, wait)
            : null;

    /// <summary>Runs a call; a gateway's or client's counts as work of the grain's hospital, and what that calls is within it.</summary>
    private static Task MeterAsync(IIncomingGrainCallContext context)
    {
        if (context.Grain is not IMeteredGrain grain || context.SourceId?.IsClient() != true)
        {
            return context.Invoke();
        }

        var start = Stopwatch.GetTimestamp();
        var call = context.Invoke();
        if (!call.IsCompletedSuccessfully)
        {
            return AwaitAsync(call, grain, start);
        }

        Charge(grain, start);
        return Task.CompletedTask;

        static async Task AwaitAsync(Task call, IMeteredGrain grain, long start)
        {
            try
            {
                await call;
            }
            finally
            {
                Charge(grain, start);
            }
        }
    }

    private static void Charge(IMeteredGrain grain, long start)
    {
        var ticks = Stopwatch.GetTimestamp() - start;
        grain.Usage.Add(Counted.GrainTicks, Stopwatch.GetElapsedTime(0, ticks).Ticks);
        grain.Pools.ChargeCompute(ticks);
    }

    /// <summary>Counts what a .NET client read, as the edge does for FHIR.</summary>
    private static void Count(IIncomingGrainCallContext context, Interaction interaction)
    {
        if (context.Grain is IMeteredGrain grain && interaction is (Interaction.Read or Interaction.Search))
        {
            grain.Usage.Add(interaction == Interaction.Read ? Counted.Read : Counted.Search);
            var bytes = context.Result switch
            {
                StoredVersion version => version.Body.Length,
                SearchReply reply => reply.Matches.Concat(reply.Included).Sum(version => (long)version.Body.Length),
                _ => 0,
            };
            grain.Usage.Add(Counted.BytesOut, bytes);
            grain.Pools.ChargeBytes(bytes);
        }
    }

    /// <summary>The tenant that leads the key, and the resource type that the call is about.</summary>
    private static bool TryTarget(IIncomingGrainCallContext context, out TenantId tenant, out string type)
    {
        var key = context.TargetId.Key.ToString();
        if (ResourceKey.TryParse(key, out var resource))
        {
            (tenant, type) = (resource.Tenant, resource.Type);
            return true;
        }

        type = context.Request.GetArgumentCount() > 0 && context.Request.GetArgument(0) is string named ? named : "*";
        return TenantId.TryParse(key, out tenant);
    }

    private sealed record Access(bool IsOwn, bool IsTenantFacing, bool IsClientPlumbing, Interaction Requires)
    {
        public static Access Of(MethodInfo method)
        {
            var declaring = method.DeclaringType!;
            return new Access(
                declaring.Assembly.GetName().Name!.StartsWith("MedOrleans", StringComparison.Ordinal),
                declaring.IsDefined(typeof(TenantFacingAttribute)),
                declaring.Name is "IClusterManifestSystemTarget" or "IGrainCallCancellationExtension" or "ICancellationSourcesExtension",
                method.GetCustomAttribute<RequiresAttribute>()?.Interaction ?? Interaction.None);
        }
    }
}
