using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;
using Zmtp.Testing;
using Zmtp.Testing.Curve;

namespace Zmtp.Mechanisms.Tests;

/// <summary>Where secret keys lie. Alone, since other tests' keys come to lie where these lay.</summary>
[Collection(AloneCollection.Name)]
public sealed class LockedPageTests
{
    [LinuxFact]
    public void KEY_Secret_LiesOnALockedPageThatIsNotDumped()
    {
        using var first = new CurveSecretKey(Transcript.ServerSecret);
        using var second = first.Clone();
        var flags = Flags(first.Address);
        Assert.Contains("dd", flags);
        if (Environment.IsPrivilegedProcess) Assert.Contains("lo", flags);

        // Keys share no page: the end of one must not open the other.
        second.Dispose();
        Assert.Contains("dd", Flags(first.Address));
        Assert.Equal(Transcript.ServerSecret, first.AsSpan().ToArray());
        var address = first.Address;
        first.Dispose();
        Assert.DoesNotContain("dd", Flags(address));
    }

    [LinuxFact]
    public void KEY_SecretThatNobodyDisposesOf_LosesItsLockedPage()
    {
        var addresses = Enumerable.Range(0, 16).Select(static _ => Forget()).ToArray();

        // Most of them, and again for a while: an address may lie on in a register or a stack's slot, and others map memory, too.
        var start = Stopwatch.GetTimestamp();
        int left;
        do
        {
            CollectGarbage();
            left = addresses.Count(static address => IsMarked(Flags(address)));
        }
        while (left > addresses.Length / 2 && Stopwatch.GetElapsedTime(start) < TestTimeout.Default);
        Assert.InRange(left, 0, addresses.Length / 2);

        // What the collector has given back to the system is not dumped either, but nobody can read it.
        static bool IsMarked(string[] flags) => flags.Contains("dd") && flags.Contains("rd");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static nint Forget()
        {
            var key = new CurveSecretKey(Transcript.ServerSecret);
            Assert.Contains("dd", Flags(key.Address));
            return key.Address;
        }
    }

    [Fact]
    public void KEY_SecretThatNobodyHoldsAnyMore_IsThereForAsLongAsItsOctetsAreInUse()
    {
        var octets = Borrow();
        CollectGarbage();
        Assert.Equal(Transcript.ServerSecret, octets.ToArray());

        [MethodImpl(MethodImplOptions.NoInlining)]
        static ReadOnlySpan<byte> Borrow() => new CurveSecretKey(Transcript.ServerSecret).AsSpan();
    }

    private static void CollectGarbage()
    {
        // Twice: what has a finalizer is kept by the first one.
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static string[] Flags(nint address)
    {
        var isOurs = false;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var range = line.Split(' ')[0].Split('-');
            if (range.Length == 2) isOurs = Number(range[0]) <= address && address < Number(range[1]);
            else if (isOurs && line.StartsWith("VmFlags:", StringComparison.Ordinal)) return line.Split(' ');
        }

        return [];

        static long Number(string hex) => long.Parse(hex, System.Globalization.NumberStyles.HexNumber, null);
    }
}
