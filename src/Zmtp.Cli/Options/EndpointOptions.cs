using System.CommandLine;

namespace Zmtp.Cli.Options;

/// <summary>Where a socket binds or connects, and how long it waits.</summary>
internal sealed class EndpointOptions
{
    /// <summary>How long a command goes on trying to connect.</summary>
    public static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Adds the argument and the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="bindsAlways">Whether the command has no use for connecting.</param>
    public EndpointOptions(Command command, bool bindsAlways = false)
    {
        BindsAlways = bindsAlways;
        command.Add(Endpoint);
        command.Add(Verbose);
        if (bindsAlways) return;
        command.Add(Bind);
        command.Add(Connect);
        command.Add(ConnectTimeout);
        command.Add(Identity);
    }

    public bool BindsAlways { get; }

    public Argument<string> Endpoint { get; } = new("endpoint") { Description = "tcp://host:port or ipc://path." };

    public Option<bool> Bind { get; } = new("--bind") { Description = "Listen at the endpoint. tcp://*:* takes any free port." };

    public Option<bool> Connect { get; } = new("--connect") { Description = "Connect to the endpoint. The default." };

    public Option<TimeSpan?> ConnectTimeout { get; } = Duration.Wait(
        "--connect-timeout",
        "How long to go on trying to connect; refusals that are final end it at once. Three quarters of it are what each attempt and its " +
        "handshake may take, later ones too. Default: 5 s.");

    public Option<string?> Identity { get; } = new("--identity") { Description = "The Identity to announce, by which a ROUTER knows this end." };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Tell on standard error what happens to the connections." };
}
