/** Python's SSLObject: a TLS connection over two memory BIOs, driven by hand. */
import { Buffer } from 'node:buffer';
import { rangeMisuse, requireBytes, requireInteger, valueMisuse } from './arguments.ts';
import type { SSLContext } from './context.ts';
import { Engine } from './engine.ts';
import { SSLError, SSLWantCallbackError, SSLWantReadError, SSLWantWriteError, SSLZeroReturnError } from './errors.ts';
import type { CipherTriple } from './inspectors.ts';
import type { MemoryBIO } from './memory_bio.ts';
import { memoryBioParts } from './memory_bio.ts';
import type { CertificateDict } from './native.ts';
import { Want } from './native.ts';
import type { EngineOptions } from './roles.ts';
import type { SSLSession } from './session.ts';

const CONSTRUCT: unique symbol = Symbol('SSLObject');

/** SSL_RECEIVED_SHUTDOWN without SSL_SENT_SHUTDOWN. @see SSL_get_shutdown(3) */
const ONLY_RECEIVED = 2;

/**
 * TLS without a socket, made by `SSLContext.wrapBio()`. Put the peer's bytes into `incoming`, send what comes out of
 * `outgoing`. Calls that cannot go on throw {@link SSLWantReadError}: feed `incoming` and call again.
 *
 * After any call, also one that throws, look at `outgoing`: an alert may wait there.
 */
export class SSLObject {
  readonly #engine: Engine;
  readonly #incoming: MemoryBIO;

  /** Not public. @throws TypeError always, for users. */
  constructor(token: typeof CONSTRUCT, engine: Engine, incoming: MemoryBIO, outgoing: MemoryBIO) {
    if (token !== CONSTRUCT) {
      const text = 'SSLObject does not have a public constructor. Instances are returned by SSLContext.wrapBio().';
      throw valueMisuse(text, 'ERR_ILLEGAL_CONSTRUCTOR');
    }
    this.#engine = engine;
    this.#incoming = incoming;
    engine.connection = this;
    engine.attach(memoryBioParts('incoming', incoming).bio, memoryBioParts('outgoing', outgoing).bio);
  }

  /** The context; the SNI callback may assign another one. */
  get context(): SSLContext {
    return this.#engine.context;
  }

  set context(context: SSLContext) {
    this.#engine.context = context;
  }

  /** True on the server's side. */
  get serverSide(): boolean {
    return this.#engine.serverSide;
  }

  /** A-label form of the expected name, or the address; null when none was given. */
  get serverHostname(): string | null {
    return this.#engine.serverHostname;
  }

  /** What can be resumed later; null while there is none. */
  get session(): SSLSession | null {
    return this.#engine.session;
  }

  /** Offers a session for resumption, before the handshake. */
  set session(session: SSLSession) {
    this.#engine.session = session;
  }

  /** False before the handshake, too. */
  get sessionReused(): boolean {
    return this.#engine.sessionReused;
  }

  /**
   * Starts or continues the handshake.
   * @throws SSLWantReadError until the peer has answered.
   * @throws SSLWantCallbackError while an async SNI callback has not answered; `await error.settled`, then call again.
   */
  doHandshake(): void {
    this.#drive(() => this.#engine.handshake());
    if (this.#engine.failure !== null) throw this.#engine.failure;
  }

  /**
   * Up to `nbytes` decrypted bytes, of one record at most. An empty Buffer: the peer has sent close_notify.
   * Starts or continues the handshake when it is not done.
   * @throws SSLZeroReturnError when both sides have closed.
   */
  read(nbytes?: number, buffer?: null): Buffer;
  /** The same into `buffer`, whole when `nbytes` is 0, negative, larger or omitted; returns the count. */
  read(nbytes: number | undefined, buffer: Uint8Array): number;
  read(nbytes?: number, buffer: Uint8Array | null = null): Buffer | number {
    const size = requireInteger('nbytes', nbytes === undefined ? (buffer === null ? 1024 : -1) : nbytes);
    if (buffer !== null) return this.#readInto(size, requireBytes('buffer', buffer));
    if (size < 0) throw rangeMisuse('size should not be negative');
    if (size === 0) return Buffer.alloc(0);
    const target = Buffer.allocUnsafe(Math.min(size, MAX_RECORD));
    return target.subarray(0, this.#readSome(target));
  }

  /** Encrypts all of `data` into `outgoing`; returns its length in bytes. */
  write(data: Uint8Array): number {
    const bytes = requireBytes('data', data);
    return this.#drive(() => this.#engine.write(bytes));
  }

  /**
   * Ends TLS: sends close_notify and waits for the peer's.
   * @throws SSLWantReadError until the peer has answered.
   */
  unwrap(): void {
    // The first call only sends. As Python does, look at once whether the peer's answer is there already.
    if (this.#drive(() => this.#engine.shutdown()) === 0) this.#drive(() => this.#engine.shutdown());
  }

  /**
   * Marks that the client is to be asked for its certificate; the next call that writes or reads puts the request into
   * `outgoing`. The client's answer, and an error about it, comes with a later {@link read}; then {@link getPeerCert} knows
   * it. Server side of TLS 1.3 only, for clients with `SSLContext.postHandshakeAuth`.
   * @throws SSLError when the client cannot be asked, with OpenSSL's reason and a hint; the connection goes on.
   * @see SSL_verify_client_post_handshake(3)
   */
  verifyClientPostHandshake(): void {
    this.#engine.verifyClientPostHandshake();
  }

  /** Bytes of the current record that are decrypted and not yet read. */
  pending(): number {
    return this.#engine.pending();
  }

  /** `null`: the peer has no certificate. `{}`: not verified. `true`: DER, verified or not. */
  getPeerCert(binaryForm: true): Buffer | null;
  getPeerCert(binaryForm?: false): CertificateDict | Record<string, never> | null;
  getPeerCert(binaryForm = false): Buffer | CertificateDict | Record<string, never> | null {
    return this.#engine.getPeerCert(binaryForm);
  }

  /** DER, leaf first, root last; empty before the handshake and after a failed verification. */
  getVerifiedChain(): Buffer[] {
    return this.#engine.getVerifiedChain();
  }

  /** DER of what the peer sent. */
  getUnverifiedChain(): Buffer[] {
    return this.#engine.getUnverifiedChain();
  }

  /** Name, protocol that defined it, secret bits; null without a connection. */
  cipher(): CipherTriple | null {
    return this.#engine.cipher();
  }

  /** Server side: what both sides have; null on a client. */
  sharedCiphers(): CipherTriple[] | null {
    return this.#engine.sharedCiphers();
  }

  /** `TLSv1.3` and so on; null before the handshake is done. */
  version(): string | null {
    return this.#engine.version();
  }

  /** The name of the compression; null: none, as nearly always. */
  compression(): string | null {
    return this.#engine.compression();
  }

  /** What was agreed on by ALPN; null: nothing. */
  selectedAlpnProtocol(): string | null {
    return this.#engine.selectedAlpnProtocol();
  }

  /** @see RFC 5929, RFC 9266. null before the handshake; `tls-unique` throws on TLS 1.3. */
  getChannelBinding(type = 'tls-unique'): Buffer | null {
    return this.#engine.getChannelBinding(type);
  }

  /**
   * The group of the key agreement, by its name in TLS: `x25519`, `secp256r1`. null: there was none (Diffie-Hellman with
   * parameters of the server's own, or RSA, in TLS 1.2), or there is no connection.
   */
  group(): string | null {
    return this.#engine.group();
  }

  /**
   * The algorithm with which the client has signed in the handshake, by its name in TLS: `rsa_pss_rsae_sha256`. null: it has
   * shown no certificate, the session was resumed, or there is no connection. Python 3.15's `client_sigalg`, on every OpenSSL.
   * @see RFC 8446 section 4.2.3, SSL_get0_signature_name(3)
   */
  clientSigalg(): string | null {
    return this.#engine.clientSigalg();
  }

  /**
   * The same of the server; null when the session was resumed, when it has not signed (key exchange by RSA, PSK), and when
   * there is no connection. Python 3.15's `server_sigalg`.
   */
  serverSigalg(): string | null {
    return this.#engine.serverSigalg();
  }

  #readInto(nbytes: number, buffer: Uint8Array): number {
    if (buffer.length === 0) return 0;
    const size = nbytes <= 0 || nbytes > buffer.length ? buffer.length : nbytes;
    return this.#readSome(buffer.subarray(0, size));
  }

  #readSome(target: Uint8Array): number {
    return this.#drive(() => {
      const count = this.#engine.read(target);
      const cleanEnd = count === Want.ZERO_RETURN && this.#engine.ssl.getShutdown() === ONLY_RECEIVED;
      return cleanEnd ? 0 : count;
    });
  }

  /** Turns the engine's values into Python's exceptions. */
  #drive(operation: () => number): number {
    this.#noteFirstBytes();
    const result = this.#step(operation);
    if (result >= 0) return result;
    if (this.#engine.failure !== null) throw this.#engine.failure;
    if (result === Want.CLIENT_HELLO_CB) return this.#afterCallback(operation);
    switch (result) {
      case Want.READ:
        throw new SSLWantReadError();
      case Want.WRITE:
        throw new SSLWantWriteError();
      case Want.ZERO_RETURN:
        throw new SSLZeroReturnError();
      default:
        throw new SSLError('The operation did not complete', { errno: -result });
    }
  }

  /** What the message callback throws ends the connection, but takes nothing away that has arrived or was sent. */
  #step(operation: () => number): number {
    try {
      return operation();
    } finally {
      this.#engine.tell();
    }
  }

  #afterCallback(operation: () => number): number {
    const answer = this.#engine.clientHelloAnswer();
    if (answer !== null) throw new SSLWantCallbackError(answer);
    return this.#drive(operation);
  }

  #noteFirstBytes(): void {
    if (!this.#engine.wantsFirstBytes) return;
    const { firstBytes } = memoryBioParts('incoming', this.#incoming);
    if (firstBytes !== null) this.#engine.noteFirstBytes(firstBytes);
  }
}

/** A read returns at most one record's worth: no more memory than that is needed, whatever was asked for. */
const MAX_RECORD = 16_384;

/** What `SSLContext.wrapBio` calls. */
export function createSSLObject(
  context: SSLContext,
  incoming: MemoryBIO,
  outgoing: MemoryBIO,
  options: EngineOptions,
): SSLObject {
  memoryBioParts('incoming', incoming);
  memoryBioParts('outgoing', outgoing);
  return new SSLObject(CONSTRUCT, new Engine(context, options), incoming, outgoing);
}
