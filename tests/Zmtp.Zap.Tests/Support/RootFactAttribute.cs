namespace Zmtp.Zap.Tests;

/// <summary>A fact that only root can see, on Linux; for anybody else it is told as skipped, not as passed.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!UnixUser.IsPossible) Skip = "Only root on Linux gives files away and acts as other users.";
    }
}
