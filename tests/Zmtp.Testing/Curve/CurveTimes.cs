using Zmtp.Mechanisms;

namespace Zmtp.Testing.Curve;

/// <summary>Times of CURVE that nobody can set, for tests that compare them with what documents say.</summary>
public static class CurveTimes
{
    /// <summary>How long a client may take to answer WELCOME.</summary>
    public static TimeSpan CookieLifetime => CurveAwaitInitiate.CookieLifetime;
}
