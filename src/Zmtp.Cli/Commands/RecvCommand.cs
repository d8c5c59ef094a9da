using System.CommandLine;
using Zmtp.Cli.Options;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp recv</c></summary>
internal sealed class RecvCommand : ReceivingCommand
{
    private readonly Option<SocketType?> _type = SocketTypeOption.Create(
        "The socket's type. As xpub it shows what subscribers ask for: \\x01 and the topic, and \\x00 and the topic when that ends.",
        SocketType.Pull, SocketType.Pull, SocketType.Dealer, SocketType.Pair, SocketType.XPub);

    public RecvCommand(CommandContext context)
        : base("recv", "Receive messages from PUSH sockets, or with --type from others, and show them.", context) => Add(_type);

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp recv --bind 'tcp://*:5555'",
        "zmtp recv tcp://localhost:5555 --count 1 --timeout 5s",
        "zmtp recv --bind 'tcp://*:5555' --cert server.txt --certs clients --json",
        "zmtp recv --bind 'tcp://*:5555' --passwords users.txt --allow 10.0.0.0/8",
        "zmtp recv --bind 'tcp://*:5555' --count 1 --raw > report.pdf",
        "zmtp recv --bind 'tcp://*:5556' --type xpub --json",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => parsed.GetValue(_type)!.Value;

    // The user who looks on wants to see each subscriber.
    protected override SocketOptions Adapt(SocketOptions options) => options with { XPubVerboser = true };
}
