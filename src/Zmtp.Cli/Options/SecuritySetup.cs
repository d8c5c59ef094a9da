using Microsoft.Extensions.Logging;
using Zmtp.Mechanisms;
using Zmtp.Security;
using Zmtp.Zap;

namespace Zmtp.Cli.Options;

/// <summary>The security of one socket as the options have it. Owns keys and stores: dispose it after the socket.</summary>
internal sealed class SecuritySetup : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>Mechanism, role and credentials.</summary>
    public ZmtpSecurity Security { get; set; } = NullSecurity.Instance;

    /// <summary>The ZAP domain; empty when there is none.</summary>
    public string Domain { get; set; } = "";

    /// <summary>Decides who may come in; null where nobody is asked.</summary>
    public Authenticator? Authenticator { get; private set; }

    /// <summary>Makes the authenticator that the policies are given to.</summary>
    /// <param name="logger">Hears of files that cannot be read.</param>
    public Authenticator AddAuthenticator(ILogger logger) => Authenticator = Own(new Authenticator(logger));

    /// <summary>Takes something over.</summary>
    public T Own<T>(T thing)
        where T : IDisposable
    {
        _owned.Add(thing);
        return thing;
    }

    public void Dispose()
    {
        for (var index = _owned.Count - 1; index >= 0; index--) _owned[index].Dispose();
        _owned.Clear();
    }
}
