/** What can be asked of an {@link SSLSocket}, with Python's answers in every state: with no connection, and while it opens. */
import type { CertificateDict, CipherTriple } from '@sslkit/context';
import type { Engine } from '@sslkit/context/engine';
import type { Channel } from './channel.ts';
import type { SocketCore } from './core.ts';
import { valueMisuse } from './misuse.ts';
import { Socket } from './socket.ts';
import { systemError } from './system_error.ts';

/** The part of `SSLSocket` that only looks at the connection. */
export abstract class Inspectors extends Socket {
  readonly #core: SocketCore<Channel>;

  /** Not public. */
  protected constructor(core: SocketCore<Channel>) {
    super(core as never);
    this.#core = core;
  }

  /** @see python-ssl: with no connection SocketError `ENOTCONN`; before the handshake an Error. */
  getPeerCert(binaryForm: true): Buffer | null;
  getPeerCert(binaryForm?: false): CertificateDict | Record<string, never> | null;
  getPeerCert(binaryForm?: boolean): Buffer | CertificateDict | Record<string, never> | null {
    const { engine } = connectedChannel(this.#core, 'getpeername');
    return binaryForm ? engine.getPeerCert(true) : engine.getPeerCert(false);
  }

  /** DER of the chain that was verified, leaf first, root last. */
  getVerifiedChain(): Buffer[] {
    return connectedChannel(this.#core, 'getpeername').engine.getVerifiedChain();
  }

  /** DER of what the peer sent, leaf first. **Not verified.** */
  getUnverifiedChain(): Buffer[] {
    return connectedChannel(this.#core, 'getpeername').engine.getUnverifiedChain();
  }

  /** Name, the protocol that defined it, secret bits; null while there is no connection. */
  cipher(): CipherTriple | null {
    return this.#engine?.cipher() ?? null;
  }

  /** Server side: what both sides have; null on a client, and before the handshake. */
  sharedCiphers(): CipherTriple[] | null {
    return this.#engine?.sharedCiphers() ?? null;
  }

  /** `TLSv1.3`, …; null while there is no connection. */
  version(): string | null {
    return this.#engine?.version() ?? null;
  }

  /** The name of the compression; null: none, as nearly always. */
  compression(): string | null {
    return this.#engine?.compression() ?? null;
  }

  /** What was agreed on by ALPN; null: nothing, or not yet. */
  selectedAlpnProtocol(): string | null {
    return this.#engine?.selectedAlpnProtocol() ?? null;
  }

  /** Always null: NPN is gone from TLS. */
  selectedNpnProtocol(): null {
    return null;
  }

  /** Bytes that have been decrypted and not read. They may be of more than one record. */
  pending(): number {
    return this.#engine ? (this.#core.channel?.pending ?? 0) : 0;
  }

  /** `tls-unique` (default, not with TLS 1.3), `tls-exporter` or `tls-server-end-point`. @see RFC 5929, RFC 9266 */
  getChannelBinding(type?: string): Buffer | null {
    const engine = this.#engine;
    if (engine) return engine.getChannelBinding(type);
    if (type !== undefined && !CHANNEL_BINDINGS.has(type))
      throw valueMisuse(`${type} channel binding type not implemented`);
    return null;
  }

  /**
   * The group of the key agreement, by its name in TLS: `x25519`, `secp256r1`. null: there was none (Diffie-Hellman with
   * parameters of the server's own, or RSA, in TLS 1.2), or there is no connection.
   */
  group(): string | null {
    return this.#engine?.group() ?? null;
  }

  /**
   * The algorithm with which the client has signed in the handshake, by its name in TLS: `rsa_pss_rsae_sha256`. null: it has
   * shown no certificate, the session was resumed, or there is no connection. Python 3.15's `client_sigalg`, on every OpenSSL.
   * @see RFC 8446 section 4.2.3, SSL_get0_signature_name(3)
   */
  clientSigalg(): string | null {
    return this.#engine?.clientSigalg() ?? null;
  }

  /**
   * The same of the server; null when the session was resumed, when it has not signed (key exchange by RSA, PSK), and when
   * there is no connection. Python 3.15's `server_sigalg`.
   */
  serverSigalg(): string | null {
    return this.#engine?.serverSigalg() ?? null;
  }

  /** null while there is no connection. */
  get sessionReused(): boolean | null {
    return this.#engine?.sessionReused ?? null;
  }

  /** The transport ended without the peer's close_notify: what was read may be cut short by an attacker. */
  get truncated(): boolean {
    return this.#core.channel?.truncated ?? false;
  }

  get #engine(): Engine | null {
    return engineOf(this.#core);
  }
}

/** The engine of the connection; null while there is none, or while a handshake step on another thread has it to itself. */
export function engineOf({ phase, channel }: SocketCore<Channel>): Engine | null {
  return phase === 'connected' && channel && !channel.busy ? channel.engine : null;
}

/** @throws SocketError `ENOTCONN` of `syscall` while there is no connection. */
export function connectedChannel({ phase, channel }: SocketCore<Channel>, syscall: string): Channel {
  if (phase === 'connected' && channel) return channel;
  throw systemError('ENOTCONN', syscall);
}

const CHANNEL_BINDINGS: ReadonlySet<string> = new Set(['tls-unique', 'tls-exporter', 'tls-server-end-point']);
