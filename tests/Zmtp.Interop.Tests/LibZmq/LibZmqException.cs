using System.Runtime.InteropServices;

namespace Zmtp.Interop.Tests.LibZmq;

/// <summary>A call into libzmq failed.</summary>
internal sealed class LibZmqException(string call, int error)
    : Exception($"{call}: {Marshal.PtrToStringUTF8(Native.zmq_strerror(error))} ({error})")
{
    /// <summary>EAGAIN: the time limit of the call ran out.</summary>
    public const int Again = 11;

    /// <summary>ETERM: the context is being shut down.</summary>
    public const int Terminated = 156384712 + 53;

    /// <summary>The errno.</summary>
    public int Error => error;

    /// <summary>Whether the time limit of the call ran out.</summary>
    public bool IsTimeout => error == Again;

    /// <summary>Throws the last error of this thread.</summary>
    public static LibZmqException Last(string call) => new(call, Native.zmq_errno());
}
