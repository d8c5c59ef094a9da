using System.Globalization;
using System.Threading.Channels;
using Zmtp.Cli.Json;
using Zmtp.Cli.Messages;
using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Cli.Sockets;

/// <summary>Asks another authenticator and tells what it decided. Passwords go to that one only.</summary>
internal sealed class AuthenticatorWatch(IAuthenticator inner, TimeProvider time) : IAuthenticator
{
    // Whoever reads falls behind only by what a terminal takes; strangers must not fill the memory meanwhile.
    private const int MaxWaiting = 10_000;

    private readonly Channel<DecisionJson> _decisions = Channel.CreateBounded<DecisionJson>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>The decisions, in the order in which they were made. When nobody reads, the oldest are dropped.</summary>
    public ChannelReader<DecisionJson> Decisions => _decisions.Reader;

    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        var result = await inner.AuthenticateAsync(request, cancellationToken);
        _decisions.Writer.TryWrite(Describe(request, result));
        return result;
    }

    private DecisionJson Describe(AuthenticationRequest request, AuthenticationResult result) => new(
        time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        (int)result.Status,
        Printable.Text(result.Text),
        Printable.Text(request.Mechanism),
        Printable.Text(request.Domain),
        Printable.Text(request.Address),
        User(request, result),
        request is { Mechanism: "CURVE", Credentials: [{ Length: CurvePublicKey.Size } key] } ? new CurvePublicKey(key.Span).ToString() : null,
        request.Identity.IsEmpty ? null : Printable.Text(request.Identity.Span),
        Metadata(result));

    // A refused name is what the peer claims to be, which is what one wants to see.
    private static string? User(AuthenticationRequest request, AuthenticationResult result)
    {
        if (request is { Mechanism: "PLAIN", Credentials: [var name, ..] }) return Printable.Text(name.Span);
        return request.Mechanism == "CURVE" || result.UserId.Length == 0 ? null : Printable.Text(result.UserId);
    }

    private static Dictionary<string, string>? Metadata(AuthenticationResult result)
    {
        if (result.Metadata.Count == 0) return null;
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in result.Metadata) metadata[property.Key] = Printable.Text(property.Value.Span);
        return metadata;
    }
}
