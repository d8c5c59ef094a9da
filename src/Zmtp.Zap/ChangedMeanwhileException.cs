namespace Zmtp.Zap;

/// <summary>Somebody else changes a file, or has changed it since it was read, and it was left as it is. Whoever begins again can change it.</summary>
internal sealed class ChangedMeanwhileException(string message, Exception? cause = null) : IOException(message, cause);
