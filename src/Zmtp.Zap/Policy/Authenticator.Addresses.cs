namespace Zmtp.Zap;

/// <content>Which addresses may come in.</content>
public sealed partial class Authenticator
{
    /// <summary>
    /// Allows addresses in all domains. Once one is allowed, all others are refused, peers without an address (ipc) among them. Adds to earlier
    /// calls.
    /// </summary>
    /// <param name="addresses">
    /// IPv4 or IPv6 addresses, or CIDR blocks. ::ffff:a.b.c.d is the same as a.b.c.d. None: nothing changes.
    /// </param>
    /// <exception cref="ArgumentException">A text is neither; names are not looked up. Nothing has changed.</exception>
    public void Allow(params string[] addresses) => ChangeEverywhere(addresses, static (rules, ranges) => rules.Allow(ranges));

    /// <summary>Denies addresses in all domains, even those that are allowed. Adds to earlier calls.</summary>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void Deny(params string[] addresses) => ChangeEverywhere(addresses, static (rules, ranges) => rules.Deny(ranges));

    /// <summary>
    /// Takes addresses out of those that are allowed in all domains. When none is left nobody may come in: only
    /// <see cref="ClearAddresses"/> lets everybody in again.
    /// </summary>
    /// <param name="addresses">
    /// The addresses and blocks as they were allowed, in any spelling. Others are ignored, and no block is split.
    /// </param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void RemoveAllowed(params string[] addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.RemoveAllowed(ranges));

    /// <summary>Takes addresses out of those that are denied in all domains.</summary>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void RemoveDenied(params string[] addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.RemoveDenied(ranges));

    /// <summary>Allows these addresses in all domains in place of those that were allowed before, in one step.</summary>
    /// <param name="addresses">As for <see cref="Allow"/>. None: nobody may come in.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void ReplaceAllowed(params string[] addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.ReplaceAllowed(ranges));

    /// <summary>Denies these addresses in all domains in place of those that were denied before, in one step.</summary>
    /// <param name="addresses">As for <see cref="Allow"/>. None: nobody is denied.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void ReplaceDenied(params string[] addresses) =>
        ChangeEverywhere(addresses, static (rules, ranges) => rules.ReplaceDenied(ranges));

    /// <summary>Removes both lists for all domains: every address may come in, unless the lists of its domain refuse it.</summary>
    public void ClearAddresses() => Change(static policies => policies with { Everywhere = AddressRules.None });

    /// <summary>
    /// Allows addresses in one domain. A peer must pass the lists for all domains and the lists of its domain: where both allow some,
    /// it must be in both. A domain without a list of allowed addresses of its own has that of "*"; with one it has that in its place.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void AllowIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.Allow(ranges));

    /// <summary>
    /// Denies addresses in one domain, even those that are allowed, and beside those that are denied in "*". Nobody comes in by it who
    /// was refused before: who is allowed stays as it is.
    /// </summary>
    /// <param name="domain">The domain, or "*" for each, those with lists of their own among them.</param>
    /// <param name="addresses">As for <see cref="Allow"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void DenyIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.Deny(ranges));

    /// <summary>
    /// Takes addresses out of those that are allowed in one domain. When none is left nobody may come in there: only
    /// <see cref="ClearAddressesIn"/> gives the domain those of "*" again.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>. What a domain has from "*" can be taken out of "*" only.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void RemoveAllowedIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.RemoveAllowed(ranges));

    /// <summary>Takes addresses out of those that are denied in one domain. What is denied in "*" stays denied.</summary>
    /// <param name="domain">As for <see cref="DenyIn"/>.</param>
    /// <param name="addresses">As for <see cref="RemoveAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void RemoveDeniedIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.RemoveDenied(ranges));

    /// <summary>
    /// Allows these addresses in one domain in place of those that were allowed there before, those of "*" among them, in one step.
    /// </summary>
    /// <param name="domain">The domain, or "*" for those without allowed addresses of their own.</param>
    /// <param name="addresses">As for <see cref="ReplaceAllowed"/>.</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void ReplaceAllowedIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.ReplaceAllowed(ranges));

    /// <summary>
    /// Denies these addresses in one domain in place of those that were denied there before, in one step. What is denied in "*" stays denied.
    /// </summary>
    /// <param name="domain">As for <see cref="DenyIn"/>.</param>
    /// <param name="addresses">As for <see cref="Allow"/>. None: nobody is denied but who is denied in "*".</param>
    /// <exception cref="ArgumentException">A text is neither address nor block. Nothing has changed.</exception>
    public void ReplaceDeniedIn(string domain, params string[] addresses) =>
        ChangeIn(domain, addresses, static (rules, ranges) => rules.ReplaceDenied(ranges));

    /// <summary>Removes both lists of one domain, which then has those of "*".</summary>
    /// <param name="domain">The domain, or "*".</param>
    public void ClearAddressesIn(string domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        Change(policies => policies with { Addresses = policies.Addresses.Without(domain) });
    }

    private static AddressRange[] Parse(string[] addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        return Array.ConvertAll(addresses, AddressRange.Parse);
    }

    private void ChangeEverywhere(string[] addresses, Func<AddressRules, AddressRange[], AddressRules> change)
    {
        var ranges = Parse(addresses);
        Change(policies => policies with { Everywhere = change(policies.Everywhere, ranges) });
    }

    private void ChangeIn(string domain, string[] addresses, Func<AddressRules, AddressRange[], AddressRules> change)
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
