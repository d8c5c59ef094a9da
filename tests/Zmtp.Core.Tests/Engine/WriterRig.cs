using System.Text;
using Xunit;
using Zmtp.Engine;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Testing;

namespace Zmtp.Core.Tests.Engine;

/// <summary>A writer under NULL, and all that it writes.</summary>
internal sealed class WriterRig : IDisposable
{
    /// <summary>Empty messages of two octets: no full chunk, and so many that a pause of the machine does not make the burst slow.</summary>
    public const int BurstLength = 30_000;

    private readonly Mechanism _mechanism =
        NullSecurity.Instance.CreateMechanism(HandshakeContexts.Create(SocketType.Router, isConnecting: true));

    /// <summary>One that has sent its first message, which leaves at once whatever follows.</summary>
    public WriterRig(RecordingWriter? output = null)
    {
        Output = output ?? new RecordingWriter();
        Writer = new ConnectionWriter(_mechanism, Output, Owner, error => Output.Fail(error));
        Writer.Send(Write("", mayGather: false));
        Output.Clear();
    }

    /// <summary>One whose sender has flushed a burst itself.</summary>
    public static WriterRig ThatIsBelieved()
    {
        var sut = new WriterRig();
        sut.Burst();
        sut.Writer.Flush();
        return sut;
    }

    public FakeOwner Owner { get; } = new();

    public RecordingWriter Output { get; }

    public ConnectionWriter Writer { get; }

    public SendStep Write(string text, bool mayGather)
    {
        lock (Owner.Gate)
        {
            Writer.WriteFrame(Encoding.ASCII.GetBytes(text), more: false);
            return Writer.Begin(mayGather);
        }
    }

    /// <summary>Empty messages, of which the first decides how they are sent; the loop is not called.</summary>
    public SendStep Burst()
    {
        var first = Write("", mayGather: true);
        var others = 0;
        for (var i = 1; i < BurstLength; i++)
        {
            if (Write("", mayGather: true) != SendStep.Nothing) others++;
        }

        Assert.Equal(0, others);
        return first;
    }

    /// <summary>What is decided about a message while nobody sends.</summary>
    public SendStep WriteWhenIdle()
    {
        var limit = TestTimeout.Token;
        while (true)
        {
            var step = Write("", mayGather: true);
            if (step != SendStep.Nothing) return step;
            limit.ThrowIfCancellationRequested();
            Thread.Yield();
        }
    }

    public Task StopAsync() => Writer.StopAsync().WithinAsync();

    public void Dispose()
    {
        Writer.Dispose();
        _mechanism.Dispose();
    }
}
