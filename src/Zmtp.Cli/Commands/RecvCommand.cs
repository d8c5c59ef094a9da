using System.CommandLine;
using Zmtp.Cli.Options;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp recv</c></summary>
internal sealed class RecvCommand : ReceivingCommand
{
    private readonly Option<SocketType?> _type = SocketTypeOption.Create(
        "The socket's type.", SocketType.Pull, SocketType.Pull, SocketType.Dealer, SocketType.Pair);

    public RecvCommand(CommandContext context)
        : base("recv", "Receive messages from PUSH sockets, or with --type from others, and show them.", context) => Add(_type);

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp recv --bind 'tcp://*:5555'",
        "zmtp recv tcp://localhost:5555 --count 1 --timeout 5s",
        "zmtp recv --bind 'tcp://*:5555' --cert server.txt --certs clients --json",
        "zmtp recv --bind 'tcp://*:5555' --passwords users.txt --allow 10.0.0.0/8",
        "zmtp recv --bind 'tcp://*:5555' --count 1 --raw > report.pdf",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => parsed.GetValue(_type)!.Value;
}
