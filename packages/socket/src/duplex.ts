import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';
import { Limits } from './limits.ts';
import type { NetFace } from './native_net.ts';
import { coreOf } from './socket.ts';
import { type SSLSocket, tlsCoreOf } from './ssl_socket.ts';

const CHUNK_BYTES = 64 * 1024;
const CLOSE_MS = 5_000;

/** The part of node:tls's certificate object that is added here. */
interface LegacyCertificate {
  subject: object;
  issuerCertificate?: object;
}

type WriteDone = (error?: Error | null) => void;

/**
 * A Node stream over an {@link SSLSocket}, with the members of `tls.TLSSocket` that libraries look at: for `http`,
 * `https`, `http2`, `undici`, `ws`, database drivers, `pipeline()`, and TLS inside TLS.
 *
 * Emits `connect` and `secureConnect` when the handshake is done, `timeout` as `net.Socket` does. `end()` sends
 * close_notify, `destroy()` closes the socket.
 * @see https://nodejs.org/api/tls.html#class-tlstlssocket
 */
export class SSLDuplex extends Duplex {
  /** The socket below. Its own reads and writes go on to work, in the order of the calls. */
  readonly socket: SSLSocket;
  /** Always true; tells it from `net.Socket`. */
  readonly encrypted = true;
  /** Milliseconds of the idle time-out; undefined or 0: none. */
  timeout: number | undefined;
  readonly #channel: Channel;
  readonly #stop = new AbortController();
  readonly #limits = new Limits(undefined, this.#stop.signal);
  #idle: NodeJS.Timeout | null = null;
  #secure = false;
  #released = false;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(socket: SSLSocket) {
    super({ allowHalfOpen: false, readableHighWaterMark: CHUNK_BYTES, writableHighWaterMark: CHUNK_BYTES });
    this.socket = socket;
    this.#channel = tlsCoreOf(socket).connected('toDuplex');
    this.#channel.handshake(this.#limits).then(
      // On the next tick, so that whoever got this stream out of a promise can listen first.
      () => process.nextTick(() => this.#onSecure()),
      (error: Error) => this.#onFailure(error),
    );
  }

  /** Whether the peer's certificate was verified. */
  get authorized(): boolean {
    const certificate = this.#secure ? this.socket.getPeerCert() : null;
    return certificate !== null && 'subject' in certificate;
  }

  /** Null when {@link authorized}. */
  get authorizationError(): string | null {
    return this.authorized ? null : 'ERR_SSL_PEER_NOT_VERIFIED';
  }

  /** The protocol that ALPN selected, or false. */
  get alpnProtocol(): string | false {
    return this.socket.selectedAlpnProtocol() ?? false;
  }

  /** The host name by SNI: what the client asked for, or false. */
  get servername(): string | false {
    return this.#channel.engine.servername() ?? false;
  }

  get secureConnecting(): boolean {
    return !this.#secure && !this.destroyed;
  }

  get connecting(): boolean {
    return this.secureConnecting;
  }

  get pending(): boolean {
    return this.connecting;
  }

  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable && this.writable) return 'open';
    if (this.readable) return 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get remoteAddress(): string | undefined {
    return this.#net?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#net?.remotePort;
  }

  get remoteFamily(): string | undefined {
    return this.#net?.remoteFamily;
  }

  get localAddress(): string | undefined {
    return this.#net?.localAddress;
  }

  get localPort(): number | undefined {
    return this.#net?.localPort;
  }

  get localFamily(): string | undefined {
    return this.#net?.localFamily;
  }

  /** Decrypted bytes received through this stream. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Bytes of plaintext that were given to this stream. */
  get bytesWritten(): number {
    return this.#bytesWritten + this.writableLength;
  }

  get bufferSize(): number {
    return this.writableLength;
  }

  address(): net.AddressInfo | Record<string, never> {
    return (this.#net?.address() ?? {}) as net.AddressInfo | Record<string, never>;
  }

  setKeepAlive(enable?: boolean, initialDelay?: number): this {
    this.#net?.setKeepAlive(enable, initialDelay);
    return this;
  }

  setNoDelay(noDelay?: boolean): this {
    this.#net?.setNoDelay(noDelay);
    return this;
  }

  ref(): this {
    this.#net?.ref();
    return this;
  }

  unref(): this {
    this.#net?.unref();
    return this;
  }

  /** Emits `timeout` after so many milliseconds without traffic; 0 switches it off. Nothing is closed. */
  setTimeout(milliseconds: number, listener?: () => void): this {
    this.timeout = milliseconds;
    if (listener && milliseconds > 0) this.once('timeout', listener);
    if (listener && milliseconds === 0) this.off('timeout', listener);
    this.#active();
    return this;
  }

  /** Ends, and destroys when everything has been sent. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  resetAndDestroy(): this {
    this.#channel.reset();
    return this.destroy();
  }

  /** In node:tls's own shape; with `detailed`, linked to its issuers. `{}` when there is none. */
  getPeerCertificate(detailed = false): object {
    const chain = this.#secure ? this.#peerChain() : [];
    const objects = chain.map((der): LegacyCertificate => new X509Certificate(der).toLegacyObject());
    for (const [at, object] of detailed ? objects.entries() : []) object.issuerCertificate = objects[at + 1] ?? object;
    return objects[0] ?? {};
  }

  getPeerX509Certificate(): X509Certificate | undefined {
    const der = this.#secure ? this.socket.getPeerCert(true) : null;
    return der ? new X509Certificate(der) : undefined;
  }

  getCipher(): { name: string; version: string } | undefined {
    const cipher = this.socket.cipher();
    return cipher ? { name: cipher[0], version: cipher[1] } : undefined;
  }

  getProtocol(): string | null {
    return this.socket.version();
  }

  isSessionReused(): boolean {
    return this.socket.sessionReused ?? false;
  }

  getFinished(): Buffer | undefined {
    return this.#secure ? this.#channel.engine.finished() : undefined;
  }

  getPeerFinished(): Buffer | undefined {
    return this.#secure ? this.#channel.engine.peerFinished() : undefined;
  }

  /** @see RFC 5705 */
  exportKeyingMaterial(length: number, label: string, context?: Uint8Array): Buffer {
    return this.#channel.engine.ssl.exportKeyingMaterial(length, label, context ?? null);
  }

  /** Internal: whether the socket was left to others. */
  get released(): boolean {
    return this.#released;
  }

  /** Internal: leaves the socket to others; bytes that wait here are read from there again. */
  release(): void {
    this.#released = true;
    this.#stop.abort();
    this.pause();
    const waiting: Buffer[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) waiting.push(chunk);
    this.#channel.unread(Buffer.concat(waiting));
    this.destroy();
  }

  override _read(): void {
    this.#channel.read(CHUNK_BYTES, this.#limits).then(
      (chunk) => this.#deliver(chunk),
      (error: Error) => this.#onFailure(error),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: WriteDone): void {
    this.#send([chunk], done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: WriteDone): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: WriteDone): void {
    // A peer that is gone cannot be told the end; what could not be written has been reported already.
    this.#channel.closeWrite(this.#limits).then(
      () => done(),
      () => done(),
    );
  }

  override _destroy(error: Error | null, done: WriteDone): void {
    if (this.#idle) clearTimeout(this.#idle);
    if (this.#released) {
      done(error);
      return;
    }
    if (error) this.#channel.destroy(error);
    this.socket.close({ timeout: CLOSE_MS }).then(
      () => done(error),
      () => done(error),
    );
  }

  get #net(): NetFace | null {
    const { channel, stream } = coreOf(this.socket);
    if (channel?.net) return channel.net;
    if (stream instanceof net.Socket) return stream;
    return stream instanceof SSLDuplex ? stream.#net : null;
  }

  #onSecure(): void {
    if (this.destroyed) return;
    this.#secure = true;
    this.emit('connect');
    this.emit('secureConnect');
    this.emit('ready');
  }

  #onFailure(error: Error): void {
    if (!this.#released) this.destroy(error);
  }

  #deliver(chunk: Buffer): void {
    if (this.#released || this.destroyed) {
      this.#channel.unread(chunk);
      return;
    }
    this.#active();
    this.#bytesRead += chunk.length;
    this.push(chunk.length > 0 ? chunk : null);
  }

  #send(chunks: Buffer[], done: WriteDone): void {
    this.#active();
    const writes = chunks.filter((chunk) => chunk.length > 0).map((chunk) => this.#channel.write(chunk, this.#limits));
    Promise.all(writes).then((counts) => {
      this.#bytesWritten += counts.reduce((sum, count) => sum + count, 0);
      this.#active();
      done();
    }, done);
  }

  #peerChain(): Buffer[] {
    const chain = this.socket.getUnverifiedChain();
    const leaf = this.socket.getPeerCert(true);
    return leaf && !chain[0]?.equals(leaf) ? [leaf, ...chain] : chain;
  }

  /** Restarts the idle time-out. */
  #active(): void {
    if (this.#idle) clearTimeout(this.#idle);
    this.#idle = null;
    if (!this.timeout || this.destroyed) return;
    this.#idle = setTimeout(() => this.emit('timeout'), this.timeout);
    this.#idle.unref();
  }
}
