using System.IO.Pipelines;
using Zmtp.Testing;
using Zmtp.Transports;

namespace Zmtp.Core.Tests.Engine;

/// <summary>A connection as one of the application's may be: what it does besides, and what it reads from and writes to after the handshake, is the test's.</summary>
internal sealed class FaultyConnection(TransportConnection inner) : WrappedConnection(inner)
{
    /// <summary>What else happens at each <see cref="Abort"/>.</summary>
    public Action AfterAbort { get; set; } = static () => { };

    /// <summary>What else happens at each <see cref="CompleteOutput"/>.</summary>
    public Action AfterCompleteOutput { get; set; } = static () => { };

    /// <summary>What is read from once it is set.</summary>
    public PipeReader? OtherInput { get; set; }

    /// <summary>What is written to once it is set.</summary>
    public PipeWriter? OtherOutput { get; set; }

    public override PipeReader Input => OtherInput ?? base.Input;

    public override PipeWriter Output => OtherOutput ?? base.Output;

    public override void CompleteOutput()
    {
        base.CompleteOutput();
        AfterCompleteOutput();
    }

    public override void Abort()
    {
        base.Abort();
        AfterAbort();
    }
}
