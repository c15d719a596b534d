/**
 * Lending the connection of a `net.Socket` to the addon, and taking it back.
 *
 * The addon gets a duplicate of the descriptor and the bytes that the socket has read already; the socket stops reading
 * and stays what it is: who has a reference sees its addresses, may end or destroy it (both act on the connection, which
 * the two descriptors share), and gets this very object back from `unwrap()`. The price is a second descriptor.
 */
import { closeSync } from 'node:fs';
import net from 'node:net';
import { TlsStream } from '@sslkit/openssl-native';
import { descriptorOf, type Handle, handleOf } from './descriptor.ts';
import { socketError } from './system_error.ts';
import { markFree, markTaken } from './taken.ts';
import { clearPause } from './transport.ts';

export interface Loan {
  readonly stream: TlsStream;
  readonly lender: Lender;
}

const METHODS = ['read', 'write', 'end', 'destroy', 'pause', 'resume', 'unshift', 'on', 'emit', 'push'] as const;

/**
 * Whether the addon can have this connection without anybody noticing: a plain `net.Socket` that is connected, owes
 * nothing, and to whose bytes nobody listens. A subclass, a TLS socket or one with replaced methods has an opinion of its
 * own about bytes.
 */
export function canLend(stream: unknown): stream is net.Socket {
  if (!(stream instanceof net.Socket) || Object.getPrototypeOf(stream) !== net.Socket.prototype) return false;
  if (stream.destroyed || stream.connecting || stream.pending || stream.errored) return false;
  if (!stream.readable || !stream.writable || stream.readableEnded || stream.writableLength > 0) return false;
  if (stream.readableEncoding || stream.listenerCount('data') > 0 || stream.listenerCount('readable') > 0) return false;
  if (METHODS.some((name) => Object.hasOwn(stream, name))) return false;
  return descriptorOf(stream) !== null;
}

/** Null when the operating system refused (too many descriptors); then nothing has changed. */
export function borrow(socket: net.Socket): Loan | null {
  const handle = handleOf(socket) as Handle;
  const tcp = handle.constructor.name === 'TCP';
  const stream = new TlsStream();
  if (stream.open(handle.fd as number, !tcp) < 0) {
    stream.close();
    return null;
  }
  if (handle.hasRef?.() === false) stream.unref();
  return { stream, lender: new Lender(socket, stream) };
}

export class Lender {
  readonly socket: net.Socket;
  readonly #allowHalfOpen: boolean;
  #onGone: ((error: Error | null) => void) | null = null;

  constructor(socket: net.Socket, stream: TlsStream) {
    this.socket = socket;
    markTaken(socket);
    // An end that it has read already would make it end the connection, which TLS goes on with.
    this.#allowHalfOpen = socket.allowHalfOpen;
    socket.allowHalfOpen = true;
    const handle = handleOf(socket) as Handle;
    handle.readStop();
    // net.Socket asks the handle to read again only when it thinks that it does not.
    handle.reading = true;
    socket.pause();
    for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) stream.unshift(chunk as Buffer);
    handle.readStop();
    handle.reading = true;
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    // Its own handle is idle; what keeps the process alive is the addon's.
    socket.ref = () => {
      stream.ref();
      return net.Socket.prototype.ref.call(socket);
    };
    socket.unref = () => {
      stream.unref();
      return net.Socket.prototype.unref.call(socket);
    };
  }

  /** Tells when somebody else destroys the socket: with the error, or null. */
  watch(onGone: (error: Error | null) => void): void {
    this.#onGone = onGone;
  }

  /** There was traffic, of which the socket sees nothing: its idle time-out, if it has one, begins anew. */
  touch(): void {
    const { timeout } = this.socket;
    if (timeout) this.socket.setTimeout(timeout);
  }

  /** The connection goes back to the socket; the duplicate is not needed any more. */
  takeBack(fd: number): net.Socket {
    closeSync(fd);
    this.#forget();
    if (!this.socket.readableEnded) this.socket.allowHalfOpen = this.#allowHalfOpen;
    // The stream believes that a read has been under way all the time.
    handleOf(this.socket)?.readStart();
    clearPause(this.socket);
    return this.socket;
  }

  /** `error`: what has ended the connection, if the system did. The socket tells it, as it would have by itself. */
  destroy(error?: Error): void {
    this.#forget();
    // Whoever uses TLS is told there; an 'error' that nobody listens to would end the process.
    if (error) this.socket.on('error', ignore);
    this.socket.destroy(error);
  }

  readonly #onError = (error: Error): void => this.#onGone?.(socketError(error));
  readonly #onClose = (): void => this.#onGone?.(null);

  #forget(): void {
    markFree(this.socket);
    this.#onGone = null;
    this.socket.off('error', this.#onError).off('close', this.#onClose);
    Reflect.deleteProperty(this.socket, 'ref');
    Reflect.deleteProperty(this.socket, 'unref');
  }
}

function ignore(): void {}
