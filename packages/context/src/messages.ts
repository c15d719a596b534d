/**
 * What a connection says and hears of the protocol itself, told to `SSLContext.msgCallback`.
 *
 * The addon collects it during a step, wherever that runs; the callback is called when the step is over, so it may do what it
 * likes, and never holds a handshake in a wrong state.
 */
import type { Buffer } from 'node:buffer';
import { describe, typeMisuse } from './arguments.ts';
import type { ContextState } from './context_state.ts';
import { SSLError } from './errors.ts';
import type { TakenMessages } from './native.ts';
import type { SniConnection } from './sni.ts';

/**
 * Called for each message of the protocol, in order, after the step of the connection in which it was sent or received.
 *
 * - `connection`: the `SSLSocket` or `SSLObject`.
 * - `direction`: `'read'` or `'write'`.
 * - `version`: of the protocol, a `TLSVersion`, or what a record's header says; 0 for the first messages.
 * - `contentType`: 20 change_cipher_spec, 21 alert, 22 handshake; 256 the header of a record, 257 the inner content type of
 *   a record of TLS 1.3. Application data do not come, but the headers of their records do.
 * - `msgType`: of a handshake message its type (1 ClientHello, 2 ServerHello, 11 Certificate, … 20 Finished), of an alert its
 *   description (an `AlertDescription`), of a header or an inner content type that content type (23: application data), of
 *   change_cipher_spec 0x101; -1 otherwise.
 * - `data`: the message **as it is before encryption**: names, certificates and identities in it are readable to all that see it.
 *
 * What it returns is not looked at. What it throws ends the connection: it is the `cause` of the error that every later
 * operation throws. The operation under way still gives its result, so that nothing that has arrived is lost.
 */
// A method's parameters are bivariant, so that a callback may name the class of the connections that it will get.
export type MsgCallback = {
  callback(
    connection: SniConnection,
    direction: 'read' | 'write',
    version: number,
    contentType: number,
    msgType: number,
    data: Buffer,
  ): unknown;
}['callback'];

/** What `SSLContext.msgCallback = …` does. */
export function setMsgCallback(state: ContextState, callback: unknown): void {
  if (callback !== null && typeof callback !== 'function') {
    throw typeMisuse(`msgCallback must be a function or null, not ${describe(callback)}`);
  }
  state.msgCallback = callback as MsgCallback | null;
  state.ctx.setMsgCallback(callback !== null);
}

/** The connection, as its reports see it. */
export interface Reported {
  /** What the callback is given. */
  connection(): SniConnection;
  /** Null when they cannot be had just now. */
  takeMessages(): TakenMessages | null;
  /** Of the context that the connection is under now. */
  msgCallback(): MsgCallback | null;
  /** The callback has thrown. */
  reportFailed(error: SSLError): void;
}

export class MessageReports {
  readonly #of: Reported;
  #soon = false;
  #telling = false;

  constructor(of: Reported) {
    this.#of = of;
  }

  /** A step is over: tells soon, when the caller has done with what came of it. */
  later(): void {
    if (this.#soon) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      this.now();
    });
  }

  /** Tells all there is. A callback that steps the connection gets what comes of that after what it was called for. */
  now(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let taken = this.#of.takeMessages(); taken?.messages.length; taken = this.#of.takeMessages()) {
        this.#tell(taken);
      }
    } catch (cause) {
      this.#of.reportFailed(callbackFailed(cause));
    } finally {
      this.#telling = false;
    }
  }

  #tell({ messages, lost }: TakenMessages): void {
    for (const { sent, version, contentType, data } of messages) {
      const callback = this.#of.msgCallback();
      if (callback === null) return;
      const direction = sent ? 'write' : 'read';
      callback(this.#of.connection(), direction, version, contentType, messageType(contentType, data), data);
    }
    if (lost > 0) process.emitWarning(`msgCallback: ${lost} messages of one step were too many to be kept`);
  }
}

/** RFC 8446 sections 4, 5.1 and 6; OpenSSL's SSL3_RT_* and SSL3_MT_CHANGE_CIPHER_SPEC. */
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const HEADER = 256;
const INNER_CONTENT_TYPE = 257;
const CHANGE_CIPHER_SPEC_MESSAGE = 0x101;

function messageType(contentType: number, data: Buffer): number {
  switch (contentType) {
    case CHANGE_CIPHER_SPEC:
      return CHANGE_CIPHER_SPEC_MESSAGE;
    case ALERT:
      return data[1] ?? -1;
    case HANDSHAKE:
    case HEADER:
    case INNER_CONTENT_TYPE:
      return data[0] ?? -1;
    default:
      return -1;
  }
}

function callbackFailed(cause: unknown): SSLError {
  return new SSLError('[SSL: CALLBACK_FAILED] callback failed', {
    errno: 1,
    library: 'SSL',
    reason: 'CALLBACK_FAILED',
    hint: 'The msgCallback has thrown, so the connection was given up: see cause.',
    cause,
  });
}
