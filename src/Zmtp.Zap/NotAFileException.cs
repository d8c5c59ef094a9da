namespace Zmtp.Zap;

/// <summary>Where a file should be there is a pipe, a socket or a device.</summary>
internal sealed class NotAFileException(string path) : IOException($"{path} is not a regular file. Check what was put in its place.");
