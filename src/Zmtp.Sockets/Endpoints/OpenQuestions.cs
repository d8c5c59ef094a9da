using Zmtp.Security;

namespace Zmtp.Sockets.Endpoints;

/// <summary>
/// What the authenticator was asked about the peers of one endpoint and has not answered, also when those are gone by now. A peer that is dropped
/// ends only what it may end, the wait: an authenticator that does not watch its token goes on, and would be asked without end by peers that come
/// and go.
/// </summary>
/// <param name="maxPendingHandshakes">As many handshakes may be under way at the endpoint.</param>
/// <param name="handshakes">They, which are told about whom it is asked.</param>
/// <remarks>Safe on any thread.</remarks>
internal sealed class OpenQuestions(int maxPendingHandshakes, PendingHandshakes handshakes)
{
    /// <summary>As many as there are handshakes, and as many again that are about to end.</summary>
    private readonly long _limit = 2L * maxPendingHandshakes;

    private long _count;

    /// <summary>The authenticator, with what it is asked about a peer counted here, and refused where it is too much.</summary>
    public IAuthenticator? Counting(IAuthenticator? authenticator, CrowdByAddress<Arrival>.Place place) =>
        authenticator is null ? null : new Counted(this, authenticator, place);

    private void Begin(CrowdByAddress<Arrival>.Place place)
    {
        if (Interlocked.Increment(ref _count) <= _limit)
        {
            handshakes.SetAsked(place, isAsked: true);
            return;
        }

        Interlocked.Decrement(ref _count);
        throw new ZmtpException(
            $"The authenticator was not asked: it has {_limit} questions about peers of this endpoint to answer, many of them about peers that are " +
            "gone. Check that it, its stores and its policies answer in time, and that it stops when its CancellationToken fires.",
            FaultOrigin.Local,
            mayRetry: true);
    }

    private void End(CrowdByAddress<Arrival>.Place place)
    {
        Interlocked.Decrement(ref _count);
        handshakes.SetAsked(place, isAsked: false);
    }

    private sealed class Counted(OpenQuestions questions, IAuthenticator authenticator, CrowdByAddress<Arrival>.Place place) : IAuthenticator
    {
        public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
        {
            questions.Begin(place);
            try
            {
                return await authenticator.AuthenticateAsync(request, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                questions.End(place);
            }
        }
    }
}
