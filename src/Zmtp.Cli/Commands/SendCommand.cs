using System.CommandLine;
using Zmtp.Cli.Options;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp send</c></summary>
internal sealed class SendCommand : SendingCommand
{
    private readonly Option<SocketType?> _type = SocketTypeOption.Create(
        "The socket's type.", SocketType.Push, SocketType.Push, SocketType.Dealer, SocketType.Pair);

    public SendCommand(CommandContext context)
        : base(
            "send",
            "Send messages to a PULL socket, or with --type to others.",
            "How long each message may wait for a peer that takes it. Default: for ever.",
            context) => Add(_type);

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp send tcp://localhost:5555 hello",
        "seq 1000 | zmtp send tcp://localhost:5555",
        "zmtp send tcp://localhost:5555 --part topic --part \"a body\"",
        "zmtp send tcp://server:5555 --cert me.txt --curve-server-key server.txt --file report.pdf",
        "zmtp send tcp://server:5555 --plain-user ann --plain-password-file ann.pw hello",
        "zmtp send --bind 'tcp://*:5555' --cert server.txt --certs clients hello",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => parsed.GetValue(_type)!.Value;
}
