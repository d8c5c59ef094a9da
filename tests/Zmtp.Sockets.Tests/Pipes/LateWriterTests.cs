using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Sockets.Pipes;
using Zmtp.Sockets.Tests.Support;
using Zmtp.Testing;

namespace Zmtp.Sockets.Tests.Pipes;

/// <summary>What the writer of a connection that is gone still tells its pipe, which has another by now, or none.</summary>
public class LateWriterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OnSent_OfAConnectionThatIsGone_WhatWasTakenForUnsentIsNot(bool outlivesConnection)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        var pipe = new Pipe(push, "tcp://x", outlivesConnection);
        using var writer = NewWriter(pipe);
        push.OnUnsent(3);

        pipe.OnSent(writer, 2);

        Assert.Equal((1, 0), (push.UnsentCount, pipe.Pending));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OnOutputLost_OfAConnectionThatIsGone_TheNextOneLosesNothing(bool outlivesConnection)
    {
        await using var context = Join.NewContext();
        await using var push = new PushSocket(context, Sut.Quick);
        var pipe = new Pipe(push, "tcp://x", outlivesConnection);
        using var writer = NewWriter(pipe);

        Assert.True(pipe.OnOutputLost(writer));

        Assert.Equal((false, false), (pipe.IsOutputLost, pipe.IsClosed));
    }

    private static ConnectionWriter NewWriter(Pipe pipe) => new(
        NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Push, isConnecting: true)),
        new System.IO.Pipelines.Pipe().Writer,
        pipe,
        static error => Assert.Fail(error.Message));
}
