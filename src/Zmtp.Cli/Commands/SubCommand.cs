using System.CommandLine;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary><c>zmtp sub</c></summary>
internal sealed class SubCommand : ReceivingCommand
{
    private readonly Argument<string[]> _topics = new("topic")
    {
        Description = "Topics to subscribe to: what the first frame begins with. Default: everything.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = static _ => [],
    };

    public SubCommand(CommandContext context)
        : base("sub", "Subscribe, and show what is published.", context) => Add(_topics);

    public override IReadOnlyList<string> Examples =>
    [
        "zmtp sub tcp://localhost:5556",
        "zmtp sub tcp://localhost:5556 weather news --json",
        "zmtp sub tcp://server:5556 --cert me.txt --curve-server-key server.txt weather",
        "zmtp sub --bind 'tcp://*:5557' --count 10",
    ];

    protected override SocketType SocketTypeOf(ParseResult parsed) => SocketType.Sub;

    protected override void BeforeOpen(ZmtpSocket socket, ParseResult parsed)
    {
        var topics = parsed.GetValue(_topics) ?? [];
        if (topics.Length == 0) return;

        // Sockets of the factory are subscribed to everything.
        var sub = (SubSocket)socket;
        sub.Unsubscribe("");
        foreach (var topic in topics) sub.Subscribe(topic);
    }
}
