using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zmtp.Mechanisms.Crypto;

namespace Zmtp.Mechanisms;

// Keystream depends on the key and the short nonce only, and short nonces count up by one. A pass of n lanes costs the same whatever
// its lanes are: so it makes the first blocks of this message and of those that will follow it, and most small messages find their
// keystream made.
//
//   | blocks of short nonce first | of first + 1 | ... |       each: as many blocks as the longest message of late needed

/// <summary>
/// The first blocks of keystream of a few consecutive short nonces. Any other short nonce makes a new window: nothing but time depends
/// on how a peer counts. No keystream is handed out twice. One thread at a time.
/// </summary>
internal sealed class KeystreamWindow : ISecret
{
    private readonly Salsa20 _salsa;
    private readonly SecretBuffer _subkey;
    private readonly SecretBuffer _keystream;

    private ulong _first;
    private int _each;
    private uint _count;

    // One bit for each short nonce of the window.
    private uint _taken;

    // The blocks that the longest message since the last pass needed, of those that leave room for others.
    private int _longest = 1;

    /// <param name="salsa">What makes the keystream.</param>
    /// <param name="subkey">The key of Salsa20; owned from now on.</param>
    public KeystreamWindow(Salsa20 salsa, SecretBuffer subkey)
    {
        _salsa = salsa;
        _subkey = subkey;
        _keystream = new SecretBuffer(salsa.PassSize);
    }

    public bool IsZero => _subkey.IsZero && _keystream.IsZero;

    /// <summary>The first blocks of a message's keystream. Wipe all of it after use.</summary>
    /// <param name="shortNonce">The message's.</param>
    /// <param name="blocks">How many are needed, at most as many as there are lanes.</param>
    /// <returns>At least that many.</returns>
    public Span<byte> Take(ulong shortNonce, int blocks)
    {
        var place = unchecked(shortNonce - _first);
        if (place >= _count || blocks > _each || ((_taken >> (int)place) & 1) != 0)
        {
            MakeWindow(shortNonce, blocks);
            place = 0;
        }

        _taken |= 1U << (int)place;
        if (blocks > _longest && blocks <= _salsa.Lanes / 2) _longest = blocks;
        var size = _each * Salsa20.BlockSize;
        return _keystream.Span.Slice((int)place * size, size);
    }

    /// <summary>Whole passes from a block on, straight from the input to the output.</summary>
    /// <returns>The octets that were done: as many as there were whole passes.</returns>
    public int XorPasses(ulong shortNonce, int block, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var key = MemoryMarshal.Cast<byte, uint>(_subkey.Span);
        var size = _salsa.PassSize;
        var done = 0;
        for (; done + size <= input.Length; done += size, block += _salsa.Lanes)
        {
            _salsa.Pass(key, shortNonce, (uint)block, _salsa.Lanes, input.Slice(done, size), output.Slice(done, size));
        }

        return done;
    }

    /// <summary>The octets behind the last whole pass, fewer than one.</summary>
    public void XorRest(ulong shortNonce, int block, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> scratch = stackalloc byte[Salsa20.MaxPassSize];
        var pass = scratch[.._salsa.PassSize];
        _salsa.Pass(MemoryMarshal.Cast<byte, uint>(_subkey.Span), shortNonce, (uint)block, _salsa.Lanes, pass, pass);
        Octets.Xor(input, pass, output);
        CryptographicOperations.ZeroMemory(pass);
    }

    public void Dispose()
    {
        _subkey.Dispose();
        _keystream.Dispose();
    }

    private void MakeWindow(ulong shortNonce, int blocks)
    {
        _first = shortNonce;
        _each = Math.Max(blocks, _longest);
        _count = (uint)(_salsa.Lanes / _each);
        _taken = 0;
        _longest = 1;

        // What was not taken is wiped here too: it becomes zeros, then keystream.
        var keystream = _keystream.Span;
        keystream.Clear();
        _salsa.Pass(MemoryMarshal.Cast<byte, uint>(_subkey.Span), shortNonce, 0, _each, keystream, keystream);
    }
}
