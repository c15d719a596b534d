/**
 * What a context is made of. `SSLContext` is the public face; the functions that do the work take this state, so that they
 * can live in files of their own, and so that nothing of it shows on the face.
 */
import { createHash } from 'node:crypto';
import { typeMisuse } from './arguments.ts';
import type { Protocol } from './constants.ts';
import { PROTOCOL_TLS_CLIENT } from './constants.ts';
import type { MsgCallback } from './messages.ts';
import type { SslCtx, X509Store } from './native.ts';
import { native, numberConstant } from './native.ts';
import type { SniCallback } from './sni.ts';

/** A store, and what must be done again when it is copied. */
export interface TrustStore {
  readonly store: X509Store;
  /** Hash of everything that was loaded, in order: what a session is bound to. */
  readonly digest: string;
  /** Folders in hashed layout: a copy of the store does not have them. */
  readonly folders: readonly string[];
}

export class ContextState {
  readonly ctx: SslCtx;
  readonly protocol: Protocol;
  checkHostname = false;
  /** X509_CHECK_FLAG_* */
  hostFlags = 0;
  verifyTime: Date | null = null;
  /** A client fails without an agreed protocol; a server is told through the addon. */
  alpnRequired = false;
  keylogFilename: string | null = null;
  /** Clients can be asked for a certificate after the handshake; servers leave it to that time. */
  postHandshakeAuth = false;
  /** Asked about each client of a server. */
  sniCallback: SniCallback | null = null;
  /** With which the two sides may sign; null: whatever OpenSSL has by default. */
  signatureAlgorithms: { readonly client: string | null; readonly server: string | null } = {
    client: null,
    server: null,
  };
  /** Told what connections send and receive. */
  msgCallback: MsgCallback | null = null;
  /** What sessions made under a pre-shared key are bound to; empty: no callback. */
  pskClient = '';
  pskServer = '';
  /** How many times an own certificate was loaded. */
  ownCertificates = 0;
  #trust: TrustStore | null = null;
  /** The store belongs to the process-wide cache: copy before the first change. */
  #shared = false;
  #fingerprint: string | null = null;

  constructor(ctx: SslCtx, protocol: Protocol) {
    this.ctx = ctx;
    this.protocol = protocol;
  }

  /** Made for the client's side only. */
  get isClient(): boolean {
    return this.protocol === PROTOCOL_TLS_CLIENT;
  }

  /** The store for reading; null while nothing was loaded. */
  get store(): X509Store | null {
    return this.#trust?.store ?? null;
  }

  /**
   * Runs a change of the store and remembers what was loaded. A store that other contexts share is copied first; the
   * change is made on the copy, so a failure leaves the shared one as it was.
   */
  changeStore<T>(loaded: string | Uint8Array, change: (store: X509Store) => T, folder?: string): T {
    const trust = this.#ownTrust();
    const result = change(trust.store);
    const digest = digestOf(trust.digest, loaded);
    this.#trust = { store: trust.store, digest, folders: folder ? [...trust.folders, folder] : trust.folders };
    this.verificationChanged();
    return result;
  }

  /** Takes a store of the process-wide cache as it is; only possible while this context has none. */
  adoptStore(trust: TrustStore): boolean {
    if (this.#trust !== null) return false;
    this.#trust = trust;
    this.#shared = true;
    this.ctx.setCertStore(trust.store);
    this.verificationChanged();
    return true;
  }

  /** To be called after every change of what a verification depends on. */
  verificationChanged(): void {
    this.#fingerprint = null;
  }

  /**
   * Everything a verification depends on besides the name, as one short text. Sessions are bound to it: a session made
   * under other settings is not resumed, because resumption verifies nothing.
   *
   * Reading it also binds a server's tickets to the settings (by the session id context), so every connection reads it.
   */
  verificationFingerprint(): string {
    if (this.#fingerprint === null) {
      this.#fingerprint = this.#computeFingerprint();
      this.ctx.setSessionIdContext(Buffer.from(this.#fingerprint, 'hex'));
    }
    return this.#fingerprint;
  }

  #computeFingerprint(): string {
    const settings = [
      this.ctx.getVerify(),
      this.checkHostname ? 1 : 0,
      this.ctx.getVerifyFlags(),
      this.hostFlags,
      this.verifyTime?.getTime() ?? 'now',
      // It rules which keys and signatures a chain may have.
      this.ctx.getSecurityLevel(),
      this.signatureAlgorithms.client,
      this.signatureAlgorithms.server,
      this.pskClient,
      this.pskServer,
    ];
    return digestOf(this.#trust?.digest ?? '', settings.join('|'));
  }

  #ownTrust(): TrustStore {
    if (this.#trust !== null && !this.#shared) return this.#trust;
    const store = this.#trust === null ? new native.X509Store() : this.#trust.store.clone();
    for (const folder of this.#trust?.folders ?? []) store.addDir(folder);
    this.#trust = { store, digest: this.#trust?.digest ?? '', folders: this.#trust?.folders ?? [] };
    this.#shared = false;
    this.ctx.setCertStore(store);
    return this.#trust;
  }
}

/** Chained hash of what was loaded. */
export function digestOf(previous: string, loaded: string | Uint8Array): string {
  return createHash('sha256').update(previous).update('\0').update(loaded).digest('hex');
}

const states = new WeakMap<object, ContextState>();

/** Called once, by the constructor of `SSLContext`. */
export function registerState(context: object, state: ContextState): void {
  states.set(context, state);
}

/** The state of a context; `TypeError` for anything else. */
export function stateOf(context: unknown): ContextState {
  const state = typeof context === 'object' && context !== null ? states.get(context) : undefined;
  if (state === undefined) throw typeMisuse('expected an SSLContext');
  return state;
}

/** SSL_VERIFY_* as this package uses them. */
export const SSL_VERIFY_PEER: number = numberConstant('SSL_VERIFY_PEER');
export const SSL_VERIFY_FAIL_IF_NO_PEER_CERT: number = numberConstant('SSL_VERIFY_FAIL_IF_NO_PEER_CERT');
