using System.Reflection;
using Xunit;

namespace Zmtp.Core.Tests;

public class ArchitectureTests
{
    // Lowest first: each may refer to what stands before it, never to what stands behind it.
    private static readonly string[] Order = ["Zmtp.Core", "Zmtp.Mechanisms", "Zmtp.Zap", "Zmtp.Sockets"];

    private static readonly string[] CryptoPackages = ["NSec", "libsodium", "Sodium", "BouncyCastle", "NaCl", "Chaos"];

    [Theory]
    [InlineData("Zmtp.Core")]
    [InlineData("Zmtp.Mechanisms")]
    [InlineData("Zmtp.Zap")]
    [InlineData("Zmtp.Sockets")]
    public void Assembly_RefersOnlyToThoseBelowIt(string name)
    {
        var allowed = Order.TakeWhile(other => other != name);

        var referred = References(name).Where(other => other.StartsWith("Zmtp", StringComparison.Ordinal));

        Assert.Empty(referred.Except(allowed));
    }

    [Fact]
    public void Core_RefersToNoCryptoPackage() =>
        Assert.DoesNotContain(
            References("Zmtp.Core"),
            reference => CryptoPackages.Any(package => reference.StartsWith(package, StringComparison.OrdinalIgnoreCase)));

    [Theory]
    [InlineData("Zmtp.Core")]
    [InlineData("Zmtp.Mechanisms")]
    [InlineData("Zmtp.Zap")]
    [InlineData("Zmtp.Sockets")]
    public void Assembly_RefersOnlyToTheFrameworkAndItsNamedPackages(string name)
    {
        string[] packages = ["SimpleBase", "NSec.Cryptography", "Microsoft.Extensions.Logging.Abstractions"];

        var others = References(name).Where(reference =>
            !reference.StartsWith("Zmtp.", StringComparison.Ordinal) &&
            !reference.StartsWith("System.", StringComparison.Ordinal) &&
            reference is not ("netstandard" or "Microsoft.Win32.Primitives"));

        Assert.Empty(others.Except(packages));
    }

    private static string[] References(string name) =>
        [.. Assembly.Load(name).GetReferencedAssemblies().Select(reference => reference.Name ?? "")];
}
