namespace Zmtp.Compare;

/// <summary>The command line does not make sense.</summary>
internal sealed class UsageException(string message) : Exception(message);
