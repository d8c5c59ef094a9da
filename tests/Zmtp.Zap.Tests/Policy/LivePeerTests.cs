using Zmtp.Security;

namespace Zmtp.Zap.Tests;

/// <summary>What is kept of a peer while it is connected.</summary>
public sealed class LivePeerTests
{
    [Fact]
    public void PEER_OfAMechanismOfTheApplication_LeavesNoCredentialsWhenItIsGone()
    {
        var request = new AuthenticationRequest("test", "127.0.0.1", default, "TOKEN", Frames.Of("one", "two"));
        var peer = new LivePeer(request, new Judgement(AuthenticationResult.Success("joe")), static _ => { });
        Assert.Equal(["one", "two"], Frames.Text(peer.Facts.Credentials));
        peer.Admission.Dispose();
        Assert.Equal(["\0\0\0", "\0\0\0"], Frames.Text(peer.Facts.Credentials));
    }

    [Fact]
    public void PEER_OfPlain_HasItsNameOnly()
    {
        var peer = new LivePeer(Frames.Plain("joe", "secret"), new Judgement(AuthenticationResult.Success("joe")), static _ => { });
        Assert.Equal(["joe"], Frames.Text(peer.Facts.Credentials));
        peer.Admission.Dispose();
    }
}
