namespace Zmtp.Zap;

/// <summary>
/// Another writer changes a file, or has changed it since it was read, and it was left as it is. To begin again can succeed.
/// </summary>
internal sealed class ChangedMeanwhileException(string message, Exception? cause = null) : IOException(message, cause);
