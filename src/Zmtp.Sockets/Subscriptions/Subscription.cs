namespace Zmtp.Sockets.Subscriptions;

/// <summary>A subscriber's stake in one topic.</summary>
internal struct Subscription
{
    /// <summary>How often it has subscribed, less how often it has taken that back.</summary>
    public int Count;

    /// <summary>Its index among the subscribers of the node.</summary>
    public int Index;
}
