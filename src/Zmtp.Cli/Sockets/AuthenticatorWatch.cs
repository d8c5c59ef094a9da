using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Zmtp.Mechanisms;
using Zmtp.Security;

namespace Zmtp.Cli.Sockets;

/// <summary>Asks another authenticator and tells what it decided. Passwords go to that one only.</summary>
internal sealed class AuthenticatorWatch(IAuthenticator inner, TimeProvider time) : IAuthenticator
{
    // The reader falls behind only by what a terminal takes; strangers must not fill the memory meanwhile.
    private const int MaxWaiting = 10_000;

    private readonly Channel<Decision> _decisions = Channel.CreateBounded<Decision>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>The decisions, in the order in which they were made. When nobody reads, the oldest are dropped.</summary>
    public ChannelReader<Decision> Decisions => _decisions.Reader;

    public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        var result = await inner.AuthenticateAsync(request, cancellationToken);
        _decisions.Writer.TryWrite(Describe(request, result));
        return result;
    }

    private Decision Describe(AuthenticationRequest request, AuthenticationResult result) => new(
        time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        (int)result.Status,
        result.Text,
        request.Mechanism,
        request.Domain,
        request.Address,
        User(request, result),
        request is { Mechanism: "CURVE", Credentials: [{ Length: CurvePublicKey.Size } key] } ? new CurvePublicKey(key.Span) : null,
        request.Identity.IsEmpty ? null : request.Identity.ToArray(),
        Metadata(result));

    // A refused name is what the peer claims to be, which is what one wants to see.
    private static byte[]? User(AuthenticationRequest request, AuthenticationResult result)
    {
        if (request is { Mechanism: "PLAIN", Credentials: [var name, ..] }) return name.ToArray();
        return request.Mechanism == "CURVE" || result.UserId.Length == 0 ? null : Encoding.UTF8.GetBytes(result.UserId);
    }

    private static Dictionary<string, byte[]> Metadata(AuthenticationResult result)
    {
        var metadata = new Dictionary<string, byte[]>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in result.Metadata) metadata[property.Key] = property.Value.ToArray();
        return metadata;
    }
}
