namespace Zmtp.Zap;

/// <summary>A file is another one than it was when it was read, and was left as it is. Whoever reads it anew can change it.</summary>
internal sealed class ChangedMeanwhileException(string path) : IOException(
    $"{path} was changed by somebody else meanwhile. Nothing was written; open it again.");
