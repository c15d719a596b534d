/**
 * Verifies certificates that nobody shows, by the very code that verifies them in a session: host name, purpose, security
 * level, flags and time count as they do there.
 *
 * In TLS 1.2 certificates are sent in clear, and before anything that takes their private key (RFC 5246 section 7.3). So
 * anyone can write the messages up to them: for a server's ServerHello and Certificate, for a client's just Certificate
 * behind a true ClientHello. The other side verifies them before it looks at the next message. That one is a
 * ServerHelloDone where none is due: that it is *this* message that is complained about is the proof that the certificates
 * were verified, and found good. Waiting for more would prove nothing, and any other complaint is a failure. Nobody
 * could be fooled into a session in this way: there is neither a key nor a network.
 */
import { X509Certificate } from 'node:crypto';
import type { MemoryBIO, SSLContext, SSLObject } from '@sslkit/context';
import { certificateMessage, records, serverHello, serverHelloDone } from './handshake_messages.ts';
import { throwawayIdentity } from './throwaway_identity.ts';

/**
 * Verifies as a client does what a server shows.
 * @param ders leaf first, then what a server would send with it
 * @param context trusts, verifies and has the time that is wanted; it is changed and must not be used for sessions
 * @param host the name that the leaf must carry; null: any
 * @throws SSLCertVerificationError when they are refused; SSLError when they cannot be shown in TLS at all
 */
export async function verifyServerOffline(
  ders: readonly Uint8Array[],
  context: SSLContext,
  host: string | null,
): Promise<void> {
  const sslkit = await prepare(context);
  context.checkHostname = host !== null;
  const incoming = new sslkit.MemoryBIO();
  const client = context.wrapBio(incoming, new sslkit.MemoryBIO(), host === null ? {} : { serverHostname: host });
  begin(client, sslkit);
  incoming.write(records([serverHello(cipherFor(ders[0])), certificateMessage(ders), serverHelloDone()]));
  judge(client, sslkit);
}

/**
 * Verifies as a server does what a client shows. As {@link verifyServerOffline}, but there is no name; `context` is a
 * server's.
 */
export async function verifyClientOffline(ders: readonly Uint8Array[], context: SSLContext): Promise<void> {
  const sslkit = await prepare(context);
  const { certificatePem, keyPem } = throwawayIdentity();
  context.loadCertChain({ pem: certificatePem }, { pem: keyPem });
  const incoming = new sslkit.MemoryBIO();
  const server = context.wrapBio(incoming, new sslkit.MemoryBIO(), { serverSide: true });
  incoming.write(clientHello(sslkit).read());
  begin(server, sslkit);
  incoming.write(records([certificateMessage(ders), serverHelloDone()]));
  judge(server, sslkit);
}

type Sslkit = typeof import('@sslkit/context');

async function prepare(context: SSLContext): Promise<Sslkit> {
  const sslkit = await import('@sslkit/context');
  if (context.verifyMode !== sslkit.CERT_REQUIRED) throw new TypeError('the context does not verify');
  onlyTls12(context, sslkit);
  return sslkit;
}

function onlyTls12(context: SSLContext, { TLSVersion }: Sslkit): void {
  context.minimumVersion = TLSVersion.TLSv1_2;
  context.maximumVersion = TLSVersion.TLSv1_2;
  context.setCiphers(CIPHERS);
}

function clientHello(sslkit: Sslkit): MemoryBIO {
  const context = new sslkit.SSLContext(sslkit.PROTOCOL_TLS_CLIENT);
  context.checkHostname = false;
  onlyTls12(context, sslkit);
  const outgoing = new sslkit.MemoryBIO();
  begin(context.wrapBio(new sslkit.MemoryBIO(), outgoing), sslkit);
  return outgoing;
}

/** The first step of either side ends in waiting for the other. */
function begin(side: SSLObject, { SSLWantReadError }: Sslkit): void {
  const outcome = step(side);
  if (!(outcome instanceof SSLWantReadError)) throw outcome;
}

function judge(side: SSLObject, { SSLCertVerificationError, SSLError }: Sslkit): void {
  const outcome = step(side);
  if (outcome instanceof SSLCertVerificationError) throw outcome;
  if (outcome instanceof SSLError && outcome.reason === 'UNEXPECTED_MESSAGE') return;
  throw outcome;
}

/** What a step of the handshake threw; none of these handshakes can come to its end. */
function step(side: SSLObject): unknown {
  try {
    side.doHandshake();
  } catch (error) {
    return error;
  }
  return new Error('a handshake without a key came to its end');
}

/** The client wants a certificate that can do what the cipher needs. */
function cipherFor(leaf: Uint8Array | undefined): number {
  try {
    const kind = new X509Certificate(leaf!).publicKey.asymmetricKeyType;
    return kind === 'rsa' || kind === 'rsa-pss' ? ECDHE_RSA_AES_128_GCM : ECDHE_ECDSA_AES_128_GCM;
  } catch {
    return ECDHE_ECDSA_AES_128_GCM;
  }
}

const CIPHERS = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256';
const ECDHE_ECDSA_AES_128_GCM = 0xc02b;
const ECDHE_RSA_AES_128_GCM = 0xc02f;
