using System.CommandLine;
using Microsoft.Extensions.Logging;
using Zmtp.Cli.Commands.User;
using Zmtp.Cli.Consoles;
using Zmtp.Mechanisms;
using Zmtp.Zap;

namespace Zmtp.Cli.Options;

/// <summary>From the options to a socket's security; asks for a password where one is missing and somebody is there to ask.</summary>
internal sealed class SecurityReader(SecurityOptions options, ParseResult parsed, IConsole console)
{
    private const string EveryDomain = "*";

    // A NULL socket asks its authenticator only when it has a domain.
    private const string DefaultDomain = "global";

    /// <summary>Reads the options.</summary>
    /// <param name="alwaysAuthenticate">Whether there is to be an authenticator even where the options ask for none.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    /// <exception cref="CliException">They contradict each other, or name a file that is of no use.</exception>
    public async Task<SecuritySetup> ReadAsync(bool alwaysAuthenticate, CancellationToken cancellationToken)
    {
        ThrowIfContradictory();
        var setup = new SecuritySetup { Domain = parsed.GetValue(options.Domain) ?? "" };
        try
        {
            if (IsServer) AddServer(setup);
            else if (Value(options.PlainUser) is { } user) setup.Security = await PlainClientAsync(user, cancellationToken);
            else if (Value(options.CurveServerKey) is { } key) setup.Security = CurveClient(setup, ReadServerKey(key));
            AddAddresses(setup, alwaysAuthenticate);
            if (setup.Domain.Length == 0 || setup.Authenticator is not null) return setup;
            throw CliException.Usage(
                $"{options.Domain.Name} is what an authenticator is told, and there is none. Say who may come in, or leave it out.");
        }
        catch
        {
            setup.Dispose();
            throw;
        }
    }

    private bool IsServer => parsed.GetValue(options.Server) || parsed.GetValue(options.AllowAny) ||
        Value(options.Certificates) is not null || Value(options.Passwords) is not null;

    private bool HasAddresses => parsed.GetValue(options.Allow) is { Length: > 0 } || parsed.GetValue(options.Deny) is { Length: > 0 };

    private void AddServer(SecuritySetup setup)
    {
        var authenticator = setup.AddAuthenticator(Logger());
        if (Value(options.Passwords) is { } passwords)
        {
            Files.ThrowUnlessThere(passwords, UserCommand.HowToMakeAFile);

            // The store waits for a broken file to be fixed, and lets nobody in meanwhile. The user who has just named the file wants to
            // hear of it.
            using (PasswordFileEditor.Open(passwords))
            {
            }

            authenticator.ConfigurePlain(EveryDomain, setup.Own(new PasswordFile(passwords, Logger())));
            setup.Security = PlainSecurity.Server();
            return;
        }

        if (Value(options.Certificates) is not { } directory)
        {
            // The key still proves that the client owns it, and becomes its user id.
            authenticator.ConfigureCurve(EveryDomain, CurveClients.AllowAny);
        }
        else if (Files.DirectoryExists(directory))
        {
            authenticator.ConfigureCurve(EveryDomain, directory);
        }
        else
        {
            throw new CliException(ExitCode.File, $"There is no directory {directory}. It is to hold the clients' public certificates.");
        }

        setup.Security = CurveSecurity.Server(LoadCertificate(setup));
    }

    private CurveSecurity CurveClient(SecuritySetup setup, CurvePublicKey serverKey)
    {
        if (Value(options.Certificate) is not null) return CurveSecurity.Client(LoadCertificate(setup), serverKey);
        return CurveSecurity.Client(setup.Own(CurveKeyPair.Generate()), serverKey);
    }

    private async Task<PlainSecurity> PlainClientAsync(string user, CancellationToken cancellationToken) =>
        PlainSecurity.Client(user, await ReadPasswordAsync(user, cancellationToken));

    private async Task<string> ReadPasswordAsync(string user, CancellationToken cancellationToken)
    {
        if (Value(options.PlainPasswordFile) is { } file)
        {
            using var secret = await ReadFirstLineAsync(file, cancellationToken);

            // As below.
            return secret.Characters.ToString();
        }

        if (console.Variable(options.PasswordVariable) is { } password) return password;
        if (console.IsInteractive)
        {
            using var answer = await console.AskSecretAsync($"Password of {user}", cancellationToken);

            // PlainSecurity wants a string and keeps the password for as long as it may have to connect again.
            return answer.Characters.ToString();
        }

        throw CliException.Usage(
            $"There is no password for {user}. Give {options.PlainPasswordFile.Name}, or set {options.PasswordVariable}.");
    }

    private static async Task<Secret> ReadFirstLineAsync(string file, CancellationToken cancellationToken)
    {
        Files.ThrowUnlessThere(file, PasswordLine.Hint);

        // Without a buffer of its own, which would keep the password.
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return await PasswordLine.ReadAsync(stream, file, ExitCode.File, cancellationToken);
    }

    private void AddAddresses(SecuritySetup setup, bool alwaysAuthenticate)
    {
        var allowed = parsed.GetValue(options.Allow) ?? [];
        var denied = parsed.GetValue(options.Deny) ?? [];
        if (allowed.Length + denied.Length > 0 || alwaysAuthenticate)
        {
            var authenticator = setup.Authenticator ?? setup.AddAuthenticator(Logger());
            if (allowed.Length > 0) authenticator.Allow(allowed);
            authenticator.Deny(denied);
            if (setup.Domain.Length == 0) setup.Domain = DefaultDomain;
        }
    }

    private Certificate LoadCertificate(SecuritySetup setup)
    {
        var file = Value(options.Certificate)!;
        var certificate = setup.Own(Load(file));
        if (certificate.HasSecretKey) return certificate;
        throw new CliException(
            ExitCode.File,
            $"{file} has no secret key, and neither is there a {file}{Certificate.SecretSuffix}. Give this end's own certificate.");
    }

    private Certificate Load(string file)
    {
        if (Files.Exists(file) || Files.Exists(file + Certificate.SecretSuffix))
        {
            try
            {
                return Certificate.Load(file, parsed.GetValue(options.AllowOthers));
            }
            catch (SecretFileModeException open)
            {
                // A command with two sockets has two such options.
                throw new CliException(ExitCode.File, Faults.Explain(open, options.AllowOthers.Name), open);
            }
        }

        throw new CliException(ExitCode.File, $"There is no certificate {file}. Make one with \"zmtp cert new {file}\".");
    }

    private CurvePublicKey ReadServerKey(string text)
    {
        // A key is one also where the directory that a file of that name would be in cannot be looked at.
        if (!File.Exists(text) && CurvePublicKey.TryParse(text, out var key)) return key;
        if (Files.Exists(text))
        {
            using var certificate = Certificate.LoadPublic(text);
            return certificate.PublicKey;
        }

        // Not repeated: it may be a secret key that was not copied whole.
        throw CliException.Usage(
            $"What {options.CurveServerKey.Name} was given is neither a key in Z85 ({CurvePublicKey.Z85Length} characters) nor a file. Z85 " +
            "holds characters that a shell takes for its own: put the key between single quotes.");
    }

    private void ThrowIfContradictory()
    {
        if (parsed.GetValue(options.AllowOthers) && Value(options.Certificate) is null)
        {
            throw CliException.Usage($"{options.AllowOthers.Name} is about the secret file of a certificate: {options.Certificate.Name}.");
        }

        if (Value(options.PlainPasswordFile) is not null && Value(options.PlainUser) is null)
        {
            throw CliException.Usage($"{options.PlainPasswordFile.Name} needs {options.PlainUser.Name}.");
        }

        var isClient = Value(options.PlainUser) is not null || Value(options.CurveServerKey) is not null;
        if (isClient && (IsServer || HasAddresses))
        {
            throw CliException.Usage(
                $"{options.PlainUser.Name} and {options.CurveServerKey.Name} are a client's; {options.Server.Name}, the stores and the " +
                "address lists are the server's, who decides who may come in. Give one kind.");
        }

        if (IsServer) ThrowIfServerIsUnclear();
        else if (Value(options.PlainUser) is not null && Value(options.CurveServerKey) is not null)
        {
            throw CliException.Usage($"{options.PlainUser.Name} is PLAIN and {options.CurveServerKey.Name} is CURVE. Give one of them.");
        }
        else if (Value(options.Certificate) is not null && Value(options.CurveServerKey) is null)
        {
            throw CliException.Usage(options.IsClientOnly
                ? $"{options.Certificate.Name} is a CURVE client's here, and needs the server's key: {options.CurveServerKey.Name}."
                : options.IsServerOnly
                ? $"{options.Certificate.Name} is a CURVE server's here, and does not say who may come in: give {options.AllowAny.Name} or " +
                $"{options.Certificates.Name}, too."
                : $"{options.Certificate.Name} alone does not say whether this end is the client or the server. A client needs " +
                $"{options.CurveServerKey.Name}; a server needs {options.AllowAny.Name} or {options.Certificates.Name}.");
        }
    }

    private void ThrowIfServerIsUnclear()
    {
        var isPlain = Value(options.Passwords) is not null;
        var isCurve = Value(options.Certificates) is not null || parsed.GetValue(options.AllowAny);
        if (isPlain && (isCurve || Value(options.Certificate) is not null))
        {
            throw CliException.Usage($"{options.Passwords.Name} is PLAIN, the certificates are CURVE. A socket has one mechanism.");
        }

        if (Value(options.Certificates) is not null && parsed.GetValue(options.AllowAny))
        {
            throw CliException.Usage($"{options.AllowAny.Name} lets every client in and {options.Certificates.Name} only some. Give one of them.");
        }

        if (isCurve && Value(options.Certificate) is null)
        {
            throw CliException.Usage($"A CURVE server needs its own certificate: {options.Certificate.Name}.");
        }

        if (!isPlain && !isCurve)
        {
            throw CliException.Usage(
                $"{options.Server.Name} does not say who may come in. Give {options.Certificates.Name} or {options.AllowAny.Name} (CURVE), or " +
                $"{options.Passwords.Name} (PLAIN).");
        }
    }

    private string? Value(Option<string?> option) => parsed.GetValue(option);

    private ErrorLogger Logger() => new(console.Error);
}
