using MedOrleans.Metering.Pools;

namespace MedOrleans.Gateway.Fhir;

/// <summary>Which workstation a request comes from: its client with the name in X-Workstation, or with the address that it calls from.</summary>
internal static class Workstations
{
    private const string Header = "X-Workstation";
    private const int MostName = 100;

    /// <summary>The workstation's number, the same in every process.</summary>
    public static ulong Of(FhirCall call)
    {
        var client = call.ClientId;
        if (call.Http.Request.Headers.TryGetValue(Header, out var name) && name is [{ Length: > 0 and <= MostName } given])
        {
            return SessionTable.Name(client, given);
        }

        Span<byte> address = stackalloc byte[16];
        return call.Http.Connection.RemoteIpAddress?.TryWriteBytes(address, out var length) == true
            ? SessionTable.NameByAddress(client, address[..length])
            : SessionTable.NameByAddress(client, []);
    }
}
