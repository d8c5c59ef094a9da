using System.CommandLine;
using Zmtp.Cli.Options;
using Zmtp.Cli.Sockets;
using Zmtp.Sockets;

namespace Zmtp.Cli.Commands;

/// <summary>A command that is one socket for a while.</summary>
internal abstract class SocketCommand : CliCommand
{
    private readonly EndpointOptions _endpoint;
    private readonly SecurityOptions _security;

    protected SocketCommand(string name, string description, CommandContext context)
        : base(name, description, context)
    {
        _endpoint = new EndpointOptions(this);
        _security = new SecurityOptions(this);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken interrupt)
    {
        // All that can be wrong with the command line is said before anybody is asked for a password and before keys and stores are there.
        var work = Prepare(parsed);
        var settings = Adapt(Link.ReadOptions(_endpoint, parsed));
        var setup = await new SecurityReader(_security, parsed, Console).ReadAsync(alwaysAuthenticate: false, interrupt);
        await using var link = new Link(
            (socketContext, options) => SocketFactory.Create(SocketTypeOf(parsed), socketContext, options),
            setup,
            settings,
            authenticator: null,
            Console,
            parsed.GetValue(_endpoint.Verbose));
        BeforeOpen(link.Socket, parsed);
        await link.OpenAsync(_endpoint, parsed, interrupt);
        return await link.RunAsync(stop => work(link.Socket, stop, interrupt), interrupt);
    }

    /// <summary>The type of the socket.</summary>
    protected abstract SocketType SocketTypeOf(ParseResult parsed);

    /// <summary>The socket's settings: those that the command line names, and the command's own.</summary>
    protected virtual SocketOptions Adapt(SocketOptions options) => options;

    /// <summary>Reads the command's own options, before anything is opened, and returns what to do with the socket.</summary>
    protected abstract SocketWork Prepare(ParseResult parsed);

    /// <summary>Prepares the socket before any peer is there.</summary>
    protected virtual void BeforeOpen(ZmtpSocket socket, ParseResult parsed)
    {
    }
}
