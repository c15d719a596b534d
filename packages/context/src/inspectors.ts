/** What can be asked of a connection, with Python's answers in every state: before the handshake, and after the end. */
import type { Buffer } from 'node:buffer';
import { stateMisuse } from './arguments.ts';
import { channelBinding, checkBindingType } from './channel_binding.ts';
import { SSL_VERIFY_PEER } from './context_state.ts';
import type { CertificateDict, CurrentCipher, Ssl } from './native.ts';

/** Python's triple: cipher name, the protocol that defined it, secret bits. */
export type CipherTriple = readonly [name: string, protocol: string, secretBits: number];

/** The part of `Engine` that only looks. */
export abstract class Inspectors {
  abstract readonly serverSide: boolean;
  abstract get ssl(): Ssl;
  abstract get handshakeDone(): boolean;
  /** There is an `Ssl`, and it was not given back. */
  protected abstract get hasSsl(): boolean;
  /** The certificate that the peer has sent last was refused. */
  protected abstract get verificationFailed(): boolean;
  /** How many times a certificate of its own was loaded into the context. */
  protected abstract get ownCertificates(): number;

  /**
   * The peer's certificate. `null`: it has none. `{}`: it was not verified. `true`: DER, verified or not.
   * What counts is how it was verified at the handshake, or when the client was asked after it, whatever is set on the
   * context later. While a client is being asked it is the one from before.
   */
  getPeerCert(binaryForm: true): Buffer | null;
  getPeerCert(binaryForm?: false): CertificateDict | Record<string, never> | null;
  getPeerCert(binaryForm?: boolean): Buffer | CertificateDict | Record<string, never> | null;
  getPeerCert(binaryForm = false): Buffer | CertificateDict | Record<string, never> | null {
    if (!this.handshakeDone) throw stateMisuse('handshake not done yet', 'ERR_SSL_HANDSHAKE_NOT_DONE');
    const certificate = this.ssl.getPeerCertificate();
    if (certificate === null) return null;
    if (binaryForm) return certificate.toDer();
    return (this.ssl.getVerifyMode() & SSL_VERIFY_PEER) === 0 ? {} : certificate.toDict();
  }

  /**
   * DER of the chain OpenSSL built, leaf first, root last. Empty before the handshake and after a failed verification.
   * Under CERT_NONE nothing was verified: it is then what the peer sent, as in Python.
   */
  getVerifiedChain(): Buffer[] {
    return this.handshakeDone ? this.ssl.getVerifiedChain() : [];
  }

  /** DER of what the peer sent, leaf first. Empty before the handshake and after a failed verification. */
  getUnverifiedChain(): Buffer[] {
    return this.handshakeDone && !this.verificationFailed ? this.ssl.getPeerChain() : [];
  }

  cipher(): CipherTriple | null {
    const current = this.ask(() => this.ssl.getCurrentCipher(), null);
    return current === null ? null : triple(current);
  }

  sharedCiphers(): CipherTriple[] | null {
    return this.ask(() => this.ssl.getSharedCiphers(), null)?.map(triple) ?? null;
  }

  version(): string | null {
    return this.ask(() => this.ssl.getVersion(), null);
  }

  compression(): string | null {
    return this.ask(() => this.ssl.getCompression(), null);
  }

  pending(): number {
    return this.ask(() => this.ssl.pending(), 0);
  }

  selectedAlpnProtocol(): string | null {
    return this.ask(() => this.ssl.getAlpnSelected(), null);
  }

  /** What the client asked for by SNI. */
  servername(): string | null {
    return this.ask(() => this.ssl.getServername(), null);
  }

  /** The Finished message of this side. @see SSL_get_finished(3) */
  finished(): Buffer | undefined {
    return this.ask(() => this.ssl.getFinished(), undefined);
  }

  peerFinished(): Buffer | undefined {
    return this.ask(() => this.ssl.getPeerFinished(), undefined);
  }

  /** @see RFC 5929, RFC 9266 */
  getChannelBinding(type = 'tls-unique'): Buffer | null {
    checkBindingType(type);
    if (!this.handshakeDone) return null;
    const serverCertificate = (): Uint8Array | null =>
      this.serverSide ? this.#ownCertificate() : (this.ssl.getPeerCertificate()?.toDer() ?? null);
    return channelBinding({ ssl: this.ssl, serverSide: this.serverSide, serverCertificate }, type);
  }

  /** The key-agreement group, for example `x25519`; null when there was none. */
  group(): string | null {
    return this.ask(() => this.ssl.getGroup(), null);
  }

  /** With what the client has signed, for example `rsa_pss_rsae_sha256`; null when it has not. */
  clientSigalg(): string | null {
    return this.ask(() => (this.serverSide ? this.ssl.getPeerSignatureName() : this.ssl.getSignatureName()), null);
  }

  /** The same of the server. */
  serverSigalg(): string | null {
    return this.ask(() => (this.serverSide ? this.ssl.getSignatureName() : this.ssl.getPeerSignatureName()), null);
  }

  /** False before the handshake, too. */
  get sessionReused(): boolean {
    return this.ask(() => this.ssl.sessionReused(), false);
  }

  /** What a handshake job, which has the `Ssl` to itself, will find out is not known yet. */
  protected ask<T>(look: () => T, beforeTheHandshake: T): T {
    if (!this.hasSsl) return beforeTheHandshake;
    try {
      return look();
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SSL_BUSY') return beforeTheHandshake;
      throw error;
    }
  }

  /** Unknown on a resumed connection of a server with several: none was chosen. */
  #ownCertificate(): Uint8Array | null {
    if (this.ssl.sessionReused() && this.ownCertificates > 1) return null;
    return this.ssl.getCertificate()?.toDer() ?? null;
  }
}

function triple(cipher: CurrentCipher): CipherTriple {
  return [cipher.name, cipher.protocol, cipher.secretBits];
}
