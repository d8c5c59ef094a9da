namespace Zmtp.Zap;

/// <content>Which addresses may come in.</content>
public sealed partial class Authenticator
{
    /// <summary>
    /// Allows addresses in all domains. Once one is allowed, all others are refused, peers without an address (ipc) among them. Adds to earlier
    /// calls. Under NULL only a socket with a <c>ZapDomain</c> asks (RFC 27), so on one without this closes nothing.
    /// </summary>
    /// <param name="addresses">
    /// IPv4 or IPv6 addresses, or CIDR blocks; one at least. ::ffff:a.b.c.d is the same as a.b.c.d. A list that may be empty, where none
    /// means nobody, is for <see cref="ReplaceAllowed"/>.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is none: that would be no list, and refuse nobody. Or a text is neither; names are not looked up. Nothing has changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void Allow(params IEnumerable<string> addresses) =>
        ChangeEverywhere(SomeOf(addresses, nameof(ReplaceAllowed)), static (rules, ranges) => rules.Allow(ranges));

    /// <summary>
    /// Denies addresses in all domains, even those that are allowed. Adds to earlier calls. Under NULL only a socket with a <c>ZapDomain</c>
    /// asks (RFC 27), so on one without this closes nothing.
    /// </summary>
    /// <param name="addresses">IPv4 or IPv6 addresses, or CIDR blocks, as for <see cref="Allow"/>. None: nothing changes.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void Deny(params IEnumerable<string> addresses) => ChangeEverywhere(addresses, static (rules, ranges) => rules.Deny(ranges));

    /// <summary>
    /// Takes addresses out of those that are allowed in all domains. When none is left nobody may come in: only
    /// <see cref="ClearAddresses"/> lets everybody in again.
    /// </summary>
    /// <param name="addresses">
    /// The addresses and blocks as they were allowed, in any spelling. Others are ignored, and no block is split. None: nothing changes.
    /// </param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveAllowed(params IEnumerable<string> addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.RemoveAllowed(ranges));

    /// <summary>Takes addresses out of those that are denied in all domains.</summary>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveDenied(params IEnumerable<string> addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.RemoveDenied(ranges));

    /// <summary>Allows these addresses in all domains in place of those that were allowed before, in one step.</summary>
    /// <param name="addresses">IPv4 or IPv6 addresses, or CIDR blocks, as for <see cref="Allow"/>. None: nobody may come in.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ReplaceAllowed(params IEnumerable<string> addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.ReplaceAllowed(ranges));

    /// <summary>Denies these addresses in all domains in place of those that were denied before, in one step.</summary>
    /// <param name="addresses">IPv4 or IPv6 addresses, or CIDR blocks, as for <see cref="Allow"/>. None: nobody is denied.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ReplaceDenied(params IEnumerable<string> addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.ReplaceDenied(ranges));

    /// <summary>Removes both lists for all domains: every address may come in, unless the lists of its domain refuse it.</summary>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ClearAddresses() => Change(static policies => policies with { Everywhere = AddressRules.None });

    /// <summary>
    /// Allows addresses in one domain. A peer must pass the lists for all domains and the lists of its domain: where both allow some,
    /// it must be in both. A domain without a list of allowed addresses of its own has that of "*"; with one it has that in its place.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">
    /// As for <see cref="Allow"/>, one at least. A list that may be empty, where none means nobody, is for <see cref="ReplaceAllowedIn"/>.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is none: that would be no list, and refuse nobody. Or a text is neither address nor block. Nothing has changed.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void AllowIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, SomeOf(addresses, nameof(ReplaceAllowedIn)), static (rules, ranges) => rules.Allow(ranges));

    /// <summary>
    /// Denies addresses in one domain, even those that are allowed, and beside those that are denied in "*". It lets in nobody
    /// that was refused before: which addresses are allowed stays as it is.
    /// </summary>
    /// <param name="domain">The domain, or "*" for each, those with lists of their own among them.</param>
    /// <param name="addresses">As for <see cref="Deny"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void DenyIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.Deny(ranges));

    /// <summary>
    /// Takes addresses out of those that are allowed in one domain. When none is left nobody may come in there: only
    /// <see cref="ClearAddressesIn"/> gives the domain those of "*" again.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>. What a domain has from "*" can be taken out of "*" only.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveAllowedIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.RemoveAllowed(ranges));

    /// <summary>Takes addresses out of those that are denied in one domain. What is denied in "*" stays denied.</summary>
    /// <param name="domain">As for <see cref="DenyIn"/>.</param>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void RemoveDeniedIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.RemoveDenied(ranges));

    /// <summary>
    /// Allows these addresses in one domain in place of those that were allowed there before, those of "*" among them, in one step.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">As for <see cref="ReplaceAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ReplaceAllowedIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.ReplaceAllowed(ranges));

    /// <summary>
    /// Denies these addresses in one domain in place of those that were denied there before, in one step. What is denied in "*" stays denied.
    /// </summary>
    /// <param name="domain">As for <see cref="DenyIn"/>.</param>
    /// <param name="addresses">As for <see cref="ReplaceDenied"/>. None: only what is denied in "*" is denied.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ReplaceDeniedIn(string domain, params IEnumerable<string> addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.ReplaceDenied(ranges));

    /// <summary>Removes both lists of one domain, which then has those of "*".</summary>
    /// <param name="domain">The domain, or "*".</param>
    /// <exception cref="ObjectDisposedException">The authenticator has been disposed of.</exception>
    public void ClearAddressesIn(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Addresses = policies.Addresses.Without(domain) });
    }

    /// <summary>
    /// The addresses, of which there must be one: a list that came out empty would let everybody in whom it was to keep out. Read once,
    /// because reading it again may give others.
    /// </summary>
    private static string[] SomeOf(IEnumerable<string> addresses, string replace)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        string[] some = [.. addresses];
        if (some.Length > 0) return some;
        throw new ArgumentException(
            $"Name at least one address: an allow list without any would refuse nobody. {replace} with none is what lets nobody in.",
            nameof(addresses));
    }

    private static AddressRange[] Parse(IEnumerable<string> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return [.. addresses.Select(AddressRange.Parse)];
    }

    private void ChangeEverywhere(IEnumerable<string> addresses, Func<AddressRules, AddressRange[], AddressRules> change)
    {
        var ranges = Parse(addresses);
        Change(policies => policies with { Everywhere = change(policies.Everywhere, ranges) });
    }

    private void ChangeIn(string domain, IEnumerable<string> addresses, Func<AddressRules, AddressRange[], AddressRules> change)
    {
        ArgumentNullException.ThrowIfNull(domain);
        var ranges = Parse(addresses);
        Change(policies =>
        {
            var rules = policies.AddressesOf(domain);
            var changed = change(rules, ranges);
            return changed == rules ? policies : policies with { Addresses = policies.Addresses.With(domain, changed) };
        });
    }
}
