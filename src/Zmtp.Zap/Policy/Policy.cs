using Zmtp.Security;

namespace Zmtp.Zap;

/// <summary>A policy of the application behind its queue.</summary>
internal sealed class Policy(
    Func<PolicyRequest, CancellationToken, ValueTask<AuthenticationResult>> decide,
    PolicyOptions options,
    TimeProvider time,
    AuthenticatorLog log)
{
    private readonly CheckQueue _queue = new("The policy", options.Limits, time, log);

    /// <summary>Whether it stands in place of the stores.</summary>
    public bool InsteadOfStores => options.InsteadOfStores;

    /// <summary>Asks it.</summary>
    /// <returns>Its verdict; 300 when it is overloaded or takes too long. What it throws comes through.</returns>
    public async ValueTask<AuthenticationResult> AskAsync(PolicyRequest request, CancellationToken cancellationToken)
    {
        var outcome = await new HeldCredentials(request.Facts).RunAsync(
            _queue,
            (facts, stop) => decide(new PolicyRequest(facts, request.UserId, request.Metadata, request.IsRecheck), stop),
            request.IsRecheck,
            cancellationToken).ConfigureAwait(false);
        if (outcome.NotNow is { } reason) return AuthenticationResult.TemporaryError(reason);
        return outcome.Value ?? throw new InvalidOperationException("The policy returned null instead of a verdict.");
    }
}
