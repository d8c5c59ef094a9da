using System.Runtime.InteropServices;

namespace Zmtp.Interop.Tests.Czmq;

/// <summary>CZMQ's C interface, as far as the tests need it. Variadic calls are declared with the arguments that the tests pass.</summary>
internal static partial class CzmqNative
{
    public const string Library = "libczmq.so.4";

    /// <summary>Starts CZMQ once, and keeps its hands off the signal handlers of the process.</summary>
    static CzmqNative() => zsys_handler_set(0);

    [LibraryImport(Library)]
    private static partial void zsys_handler_set(nint handler);

    [LibraryImport(Library)]
    public static partial nint zactor_new(nint task, nint arguments);

    [LibraryImport(Library)]
    public static partial void zactor_destroy(ref nint actor);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zstr_sendx(nint destination, string first, nint end);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zstr_sendx(nint destination, string first, string second, nint end);

    [LibraryImport(Library)]
    public static partial int zsock_wait(nint socket);

    [LibraryImport(Library)]
    public static partial nint zsock_new(int type);

    [LibraryImport(Library)]
    public static partial void zsock_destroy(ref nint socket);

    [LibraryImport(Library)]
    public static partial nint zsock_resolve(nint socket);

    [LibraryImport(Library)]
    public static partial nint zcert_new();

    [LibraryImport(Library)]
    public static partial nint zcert_new_from(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint zcert_load(string path);

    [LibraryImport(Library)]
    public static partial nint zcert_meta_keys(nint certificate);

    [LibraryImport(Library)]
    public static partial nuint zlist_size(nint list);

    [LibraryImport(Library)]
    public static partial void zlist_destroy(ref nint list);

    [LibraryImport(Library)]
    public static partial void zcert_destroy(ref nint certificate);

    [LibraryImport(Library)]
    public static partial nint zcert_public_txt(nint certificate);

    [LibraryImport(Library)]
    public static partial nint zcert_secret_txt(nint certificate);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint zcert_meta(nint certificate, string name);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial void zcert_set_meta(nint certificate, string name, string format, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zcert_save(nint certificate, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zcert_save_public(nint certificate, string path);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int zcert_save_secret(nint certificate, string path);

    [LibraryImport(Library)]
    public static partial void zcert_apply(nint certificate, nint socket);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool zcert_eq(nint certificate, nint other);
}
