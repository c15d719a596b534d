/**
 * One TLS connection without a transport.
 *
 * Internal to sslkit: the shape behind `SSLObject`, the stream channel and the native channel. It adds to the addon's
 * `Ssl` what all of them need alike: the rules about names and roles, Python's error classes, failures that stick, the
 * binding of sessions; the inspectors are in a file of their own.
 *
 * Invariants:
 * - Everything is synchronous. Expected outcomes are values ({@link Want}); what throws is a failure or misuse.
 * - The first fatal error of a connection sticks, see {@link FirstFailure}.
 * - Before `handshakeDone` no application data passes in either direction: OpenSSL sees to that, and `read` and `write`
 *   continue the handshake by themselves.
 */
import type { Buffer } from 'node:buffer';
import { noApplicationProtocol } from './alpn.ts';
import { stateMisuse } from './arguments.ts';
import { type ContextState, stateOf } from './context_state.ts';
import type { SSLContext } from './context.ts';
import { SSLCertVerificationError } from './errors.ts';
import { firstBytesOf } from './first_bytes.ts';
import { FirstFailure } from './first_failure.ts';
import { expectServer, parseServerName, type ServerName } from './hostname.ts';
import { Inspectors } from './inspectors.ts';
import { MessageReports } from './messages.ts';
import type { MemoryBio, Ssl, SslPipe, SslSession, TlsStream, Want } from './native.ts';
import { native } from './native.ts';
import { type ConnectionFacts, connectionError, inContext } from './native_error.ts';
import { markRequest } from './post_handshake_auth.ts';
import { checkRole, type EngineOptions } from './roles.ts';
import type { SessionBinding, SSLSession } from './session.ts';
import { createSession, sessionToOffer } from './session.ts';
import { type SniConnection, SniQuestion } from './sni.ts';

export { Want } from './native.ts';

export class Engine extends Inspectors {
  readonly serverSide: boolean;
  /** A-label form of the name, or the address as given; null when none was given. */
  readonly serverHostname: string | null;

  /** What the SNI callback is given; the socket, or whatever stands for the connection. */
  connection: SniConnection = this;
  /** The context that this connection was made with; sessions belong to it. */
  readonly #made: SSLContext;
  readonly #state: ContextState;
  #question: SniQuestion | null = null;
  readonly #name: ServerName | null;
  #ssl: Ssl | null = null;
  /** A session to resume, until there is an SSL to offer it. */
  #offer: SslSession | null = null;
  /** What drives the connection, when it is not this object. */
  #stream: TlsStream | null = null;
  /** The verification settings this connection is made under; later changes of the context do not concern it. */
  readonly #fingerprint: string;
  readonly #alpnRequired: boolean;
  #pipe: SslPipe | null = null;
  readonly #failure: FirstFailure = new FirstFailure();
  #firstBytes: Uint8Array | null = null;
  #established = false;
  #freed = false;
  #reports: MessageReports | null = null;
  /** Told when {@link MsgCallback} has ended the connection. */
  onReportFailure: ((error: Error) => void) | null = null;

  /**
   * @throws SSLError when the context's protocol is for the other role.
   * @throws TypeError for a bad name, a name or session on a server, and a context that checks names without a name.
   */
  constructor(context: SSLContext, options: EngineOptions) {
    super();
    this.#state = stateOf(context);
    this.#made = context;
    this.serverSide = options.serverSide;
    checkRole(this.#state, options);
    const name = options.serverHostname == null ? null : parseServerName(options.serverHostname);
    this.#name = name;
    this.serverHostname = name?.name ?? null;
    this.#fingerprint = this.#state.verificationFingerprint();
    this.#alpnRequired = this.#state.alpnRequired && !options.serverSide;
    if (options.session != null) this.session = options.session;
    if (this.#state.msgCallback !== null) this.#report();
  }

  /** What the connection is under: the context that it was made with, or the one that the SNI callback chose. */
  get context(): SSLContext {
    return this.#question?.context ?? this.#made;
  }

  set context(other: SSLContext) {
    if (other === this.context) return;
    const state = stateOf(other);
    if (!this.#question?.open) {
      const text = 'the context can only be changed by the SNI callback, until it has answered';
      throw stateMisuse(text, 'ERR_SSL_NOT_IN_SNI_CALLBACK');
    }
    checkRole(state, { serverSide: true });
    this.#question.context = other;
    if (state.msgCallback !== null) this.#report();
  }

  /** OpenSSL's object; made when first asked for, unless a stream has brought its own. */
  get ssl(): Ssl {
    this.#ssl ??= this.#stream?.ssl() ?? this.#newSsl();
    return this.#ssl;
  }

  /** Connects the two ends. Ciphertext from the peer goes into `incoming`; what is in `outgoing` must be sent. */
  attach(incoming: MemoryBio, outgoing: MemoryBio): void {
    this.ssl.setBio(incoming, outgoing);
  }

  /** Instead of {@link attach}: over memory that callers lend, for {@link open} and {@link seal}. */
  attachPipe(): SslPipe {
    this.#pipe = inContext(() => new native.SslPipe(this.ssl));
    return this.#pipe;
  }

  /** Lets `stream` drive the connection, instead of {@link attach}. It reports completion by {@link opened}. */
  attachStream(stream: TlsStream): void {
    const { ctx, checkHostname } = this.#state;
    const name = this.#name;
    const host = checkHostname && name !== null ? name.name : null;
    inContext(() => stream.start(ctx, this.serverSide, name?.sni ?? null, host, name?.isAddress ?? false));
    this.#stream = stream;
    this.#makeOffer();
  }

  /** The stream's handshake is complete. @throws SSLError when what was agreed is not what this side requires. */
  opened(): void {
    this.#failure.throwIfThere();
    if (!this.#established) this.#establish();
  }

  /** Gives OpenSSL's object back. Inspectors answer as before a connection; the failure stays. */
  free(): void {
    if (this.#freed) return;
    this.tell();
    this.#freed = true;
    if (this.#stream) this.#stream.free();
    else this.#ssl?.free();
  }

  /**
   * What a call that gave `Want.CLIENT_HELLO_CB` waits for. The SNI callback is asked once, at the first call of this.
   * null: it has answered, so repeat what was called. Otherwise repeat it when the promise resolves, which never rejects.
   */
  clientHelloAnswer(): Promise<void> | null {
    if (this.#question === null) {
      this.tell();
      this.#question = new SniQuestion({
        context: this.#made,
        state: this.#state,
        connection: this.connection,
        ssl: () => (this.#freed ? null : this.ssl),
      });
      this.#question.ask();
    }
    return this.#question.open ? this.#question.settled : null;
  }

  /** The SNI callback was asked, and has not answered. */
  get asksCallback(): boolean {
    return this.#question?.open ?? false;
  }

  /** A step begins: the message callback is told soon of what comes of it, when nothing is half done. */
  stepped(): void {
    this.#reports?.later();
  }

  /** Tells the message callback at once. */
  tell(): void {
    this.#reports?.now();
  }

  /** 1 when complete, also when it already was; otherwise what it waits for. */
  handshake(): 1 | Want {
    return this.#run(() => this.ssl.doHandshake() as 1 | Want);
  }

  /** Decrypts at most one record into `buffer`. `Want.ZERO_RETURN`: the peer has sent close_notify. */
  read(buffer: Uint8Array): number {
    return this.#run(() => this.ssl.read(buffer));
  }

  /** Decrypts everything that is there, up to `max` bytes. */
  readAvailable(max?: number): Buffer | number {
    return this.#run(() => this.ssl.readAvailable(max));
  }

  /** All of `data`, or what it waits for; then call again with the same bytes. */
  write(data: Uint8Array): number {
    return this.#run(() => this.ssl.write(data));
  }

  /** Decrypts all of `ciphertext` into `room`. @see SslPipe.open */
  open(ciphertext: Uint8Array, room: Uint8Array): number {
    return this.#run(() => (this.#pipe as SslPipe).open(ciphertext, room));
  }

  /** Encrypts `plaintext` into `room`. @see SslPipe.seal */
  seal(plaintext: Uint8Array, room: Uint8Array): number {
    return this.#run(() => (this.#pipe as SslPipe).seal(plaintext, room));
  }

  /** What waits to be sent; null: nothing. @see SslPipe.take */
  take(): Buffer | null {
    return (this.#pipe as SslPipe).take();
  }

  /** 0: our close_notify is in `outgoing`; 1: both sides have closed. */
  shutdown(): 0 | 1 | Want {
    return this.#attempt(() => this.ssl.shutdown() as 0 | 1 | Want);
  }

  /**
   * Marks that the client is to be asked for a certificate, which the next handshake, read or write does.
   * @throws SSLError when it cannot be asked now; the connection stays as it was.
   */
  verifyClientPostHandshake(): void {
    this.#failure.throwIfThere();
    markRequest(this.ssl, this.handshakeDone);
  }

  get handshakeDone(): boolean {
    return !this.#freed && (this.#established || this.ask(() => this.ssl.isInitFinished(), false));
  }

  /** The error that ended this connection. */
  get failure(): Error | null {
    return this.#failure.error;
  }

  /** Ends the connection with an error of the transport; the first one counts. Native failures are translated. */
  fail(error: unknown): void {
    this.#failure.keep(connectionError(error, this.#facts()));
  }

  /** For hints only: what the peer said first, if it did not speak TLS. The bytes are copied. */
  noteFirstBytes(bytes: Uint8Array): void {
    if (this.#firstBytes === null && bytes.length > 0) this.#firstBytes = firstBytesOf(bytes);
  }

  /** Whether {@link noteFirstBytes} still has something to learn. */
  get wantsFirstBytes(): boolean {
    return this.#firstBytes === null;
  }

  get session(): SSLSession | null {
    const session = this.ask(() => this.ssl.getSession(), null);
    if (session === null) return null;
    return createSession(session, this.#made, this.#binding);
  }

  /** Offers a session for resumption; one made for another name or under other settings is left aside. */
  set session(session: SSLSession) {
    const { serverSide, handshakeDone } = this;
    const offer = sessionToOffer(session, { context: this.#made, binding: this.#binding, serverSide, handshakeDone });
    if (offer === null) return;
    this.#offer = offer;
    if (this.#begun) this.#makeOffer();
  }

  get #binding(): SessionBinding {
    return { serverHostname: this.serverHostname, fingerprint: this.#fingerprint };
  }

  get #begun(): boolean {
    return this.#ssl !== null || this.#stream !== null;
  }

  protected get hasSsl(): boolean {
    return this.#begun && !this.#freed;
  }

  protected get verificationFailed(): boolean {
    return this.#failure.error instanceof SSLCertVerificationError;
  }

  protected get ownCertificates(): number {
    return stateOf(this.context).ownCertificates;
  }

  #newSsl(): Ssl {
    const ssl = inContext(() => {
      const made = new native.Ssl(this.#state.ctx, this.serverSide);
      if (this.#name !== null) expectServer(made, this.#name, this.#state.checkHostname);
      return made;
    });
    this.#ssl = ssl;
    this.#makeOffer();
    return ssl;
  }

  #makeOffer(): void {
    const offer = this.#offer;
    if (offer === null) return;
    this.#offer = null;
    inContext(() => this.ssl.setSession(offer));
  }

  #report(): void {
    this.#reports ??= new MessageReports({
      connection: () => this.connection,
      takeMessages: () => this.ask(() => this.ssl.takeMessages(), null),
      msgCallback: () => stateOf(this.context).msgCallback,
      reportFailed: (error) => {
        const first = this.#failure.keep(error);
        this.onReportFailure?.(first);
      },
    });
  }

  /** A step that may complete the handshake. */
  #run<T>(step: () => T): T {
    const result = this.#attempt(step);
    if (!this.#established && this.ssl.isInitFinished()) this.#establish();
    return result;
  }

  #attempt<T>(step: () => T): T {
    this.#failure.throwIfThere();
    this.stepped();
    try {
      return step();
    } catch (failure) {
      throw this.#failure.of(failure, this.#facts());
    }
  }

  #establish(): void {
    this.#established = true;
    if (this.#alpnRequired && this.ssl.getAlpnSelected() === null) throw this.#failure.keep(noApplicationProtocol());
  }

  #facts(): ConnectionFacts {
    const look = (): Ssl => this.ssl;
    return {
      get ssl() {
        return look();
      },
      serverSide: this.serverSide,
      serverHostname: this.serverHostname,
      firstBytes: this.#firstBytes,
      refusal: this.#question?.refusal ?? null,
    };
  }
}
