namespace Zmtp.Sockets.Tests.Support;

/// <summary>Whether memory has run out.</summary>
internal sealed class Scarcity
{
    public volatile bool IsOn;
}
