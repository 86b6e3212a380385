namespace MedOrleans.Host.Client;

/// <summary>A command failed for a reason that its user can act on.</summary>
/// <param name="message">One line.</param>
internal sealed class ClientException(string message) : Exception(message);
