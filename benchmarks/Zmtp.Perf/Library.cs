using System.Reflection;
using Zmtp.Mechanisms;
using Zmtp.Perf.Cases;
using Zmtp.Perf.Links;
using Zmtp.Sockets;
using Zmtp.Text;

namespace Zmtp.Perf;

/// <summary>
/// The library that is measured, with the context that all halves of a process share. The rest of this program knows no other way to it;
/// a program for another library compiles the same files and has a class of this name.
/// </summary>
internal sealed class Library : IDisposable
{
    public const string Name = "zmtp";

    public static readonly string[] Mechanisms = MechanismNames.All;

    public static readonly string[] Transports = ["tcp", "ipc", "inproc"];

    public static readonly Api[] Apis = [Api.Sync, Api.Async];

    private readonly ZmtpContext _context = new();

    public static string Version =>
        typeof(ZmtpSocket).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    /// <summary>A CURVE key pair in Z85.</summary>
    public static (string PublicKey, string SecretKey) NewKeys()
    {
        using var keys = CurveKeyPair.Generate();
        return (keys.PublicKey.ToString(), Z85.Encode(keys.SecretKey.AsSpan()));
    }

    /// <summary>Runs one half. Never throws: what went wrong is part of the outcome.</summary>
    public Outcome Run(string role, Options options, Link link) => CaseHalf.Create(role, options, link, _context).Run();

    public void Dispose() => _context.Dispose();
}
