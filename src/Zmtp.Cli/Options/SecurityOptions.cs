using System.CommandLine;

namespace Zmtp.Cli.Options;

/// <summary>The options that choose mechanism, role, credentials and policies of one socket.</summary>
internal sealed class SecurityOptions
{
    private readonly string _prefix;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="prefix">What all names begin with, for a command with more than one socket: <c>frontend-</c>.</param>
    /// <param name="clientOnly">Whether the command has no use for the server's role.</param>
    /// <param name="serverOnly">Whether it has none for the client's.</param>
    public SecurityOptions(Command command, string prefix = "", bool clientOnly = false, bool serverOnly = false)
    {
        _prefix = prefix;
        IsClientOnly = clientOnly;
        IsServerOnly = serverOnly;
        PlainUser = Text("plain-user", "name", "PLAIN: the user name. The password comes from --" + prefix + "plain-password-file, " +
            "from the variable " + PasswordVariable + ", or is asked for.");
        PlainPasswordFile = Text("plain-password-file", "file", "PLAIN: a file whose first line is the password.");
        CurveServerKey = Text("curve-server-key", "key|file", "CURVE: the server's public key in Z85, or its public certificate.");
        Certificate = Text("cert", "file", "CURVE: this end's certificate with its secret key." +
            (serverOnly ? "" : " A client without one makes itself a key."));
        AllowOthers = Flag("allow-others", "Use the certificate even if group or others may read or write its secret file.");
        Server = Flag("server", "This end is the server of PLAIN or CURVE. Implied by --" + prefix + "allow-any, --" + prefix + "certs and --" + prefix +
            "passwords.");
        AllowAny = Flag("allow-any", "CURVE server: any client that knows the server's key may come in.");
        Certificates = Text("certs", "directory", "CURVE server: clients whose public certificate is in this directory may come in.");
        Passwords = Text("passwords", "file", "PLAIN server: users of this file may come in (see \"zmtp user\").");
        Allow = List("allow", "Only these addresses may come in: an address or a block, 10.0.0.0/8. May be repeated.");
        Deny = List("deny", "These addresses may not come in, even if they are allowed. May be repeated.");
        Domain = Text("domain", "name", "The ZAP domain that the authenticator is told.");
        if (!serverOnly)
        {
            foreach (var option in (Option[])[PlainUser, PlainPasswordFile, CurveServerKey]) command.Add(option);
        }

        command.Add(Certificate);
        command.Add(AllowOthers);
        if (clientOnly) return;
        foreach (var option in (Option[])[Server, AllowAny, Certificates, Passwords, Allow, Deny, Domain]) command.Add(option);
    }

    /// <summary>Whether the command has no use for the server's role.</summary>
    public bool IsClientOnly { get; }

    /// <summary>Whether the command has no use for the client's role, in which nobody is asked who may come in.</summary>
    public bool IsServerOnly { get; }

    public Option<string?> PlainUser { get; }

    public Option<string?> PlainPasswordFile { get; }

    public Option<string?> CurveServerKey { get; }

    public Option<string?> Certificate { get; }

    public Option<bool> AllowOthers { get; }

    public Option<bool> Server { get; }

    public Option<bool> AllowAny { get; }

    public Option<string?> Certificates { get; }

    public Option<string?> Passwords { get; }

    public Option<string[]> Allow { get; }

    public Option<string[]> Deny { get; }

    public Option<string?> Domain { get; }

    /// <summary>The variable of the environment that may hold the PLAIN password.</summary>
    public string PasswordVariable => "ZMTP_" + _prefix.Replace('-', '_').ToUpperInvariant() + "PLAIN_PASSWORD";

    private Option<string?> Text(string name, string value, string description) =>
        new("--" + _prefix + name) { Description = description, HelpName = value };

    private Option<bool> Flag(string name, string description) => new("--" + _prefix + name) { Description = description };

    private Option<string[]> List(string name, string description) => new("--" + _prefix + name)
    {
        Description = description,
        HelpName = "address",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = static _ => [],
    };
}
