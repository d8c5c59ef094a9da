using Zmtp.Mechanisms;

namespace Zmtp.Zap;

/// <summary>Lets <see cref="CurveSecurity"/> be made from certificates.</summary>
public static class CertificateSecurityExtensions
{
    extension(CurveSecurity)
    {
        /// <summary>CURVE as server: every client is shown to the authenticator.</summary>
        /// <param name="certificate">
        /// The server's certificate, with its secret key. It must live as long as the sockets that use it.
        /// </param>
        /// <exception cref="ArgumentNullException">The certificate is null.</exception>
        /// <exception cref="InvalidOperationException">The certificate is public only.</exception>
        /// <exception cref="ObjectDisposedException">The certificate has been disposed of.</exception>
        public static CurveSecurity Server(Certificate certificate)
        {
            ArgumentNullException.ThrowIfNull(certificate);
            return CurveSecurity.Server(certificate.KeyPair);
        }

        /// <summary>CURVE as server.</summary>
        /// <param name="certificate">
        /// The server's certificate, with its secret key. It must live as long as the sockets that use it.
        /// </param>
        /// <param name="clients">Whether the authenticator is asked, or any client that owns its key may come in.</param>
        /// <exception cref="ArgumentNullException">The certificate is null.</exception>
        /// <exception cref="ArgumentOutOfRangeException">There is no such choice of clients.</exception>
        /// <exception cref="InvalidOperationException">The certificate is public only.</exception>
        /// <exception cref="ObjectDisposedException">The certificate has been disposed of.</exception>
        public static CurveSecurity Server(Certificate certificate, CurveClients clients)
        {
            ArgumentNullException.ThrowIfNull(certificate);
            return CurveSecurity.Server(certificate.KeyPair, clients);
        }

        /// <summary>CURVE as client.</summary>
        /// <param name="certificate">
        /// The client's certificate, with its secret key. It must live as long as the sockets that use it.
        /// </param>
        /// <param name="serverKey">The server's public key, by which the server is known.</param>
        /// <exception cref="ArgumentNullException">The certificate or the server's key is null.</exception>
        /// <exception cref="ArgumentException">The server's key is the client's own secret key.</exception>
        /// <exception cref="InvalidOperationException">The certificate is public only.</exception>
        /// <exception cref="ObjectDisposedException">The certificate has been disposed of.</exception>
        public static CurveSecurity Client(Certificate certificate, CurvePublicKey serverKey)
        {
            ArgumentNullException.ThrowIfNull(certificate);
            return CurveSecurity.Client(certificate.KeyPair, serverKey);
        }
    }
}
