using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary>What a command does with its open socket.</summary>
/// <param name="socket">The socket.</param>
/// <param name="stop">Fires when it is to end, for whatever reason.</param>
/// <param name="interrupt">Fires when the user wants it to end.</param>
internal delegate Task<ExitCode> SocketWork(ZmtpSocket socket, CancellationToken stop, CancellationToken interrupt);
