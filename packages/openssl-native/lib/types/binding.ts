import type { OpenSSLErrorRecord } from './failure.ts';
import type { MemoryBio } from './memory_bio.ts';
import type { Ssl } from './ssl.ts';
import type { SslCtx, SslMethod } from './ssl_ctx.ts';
import type { SslPipe } from './ssl_pipe.ts';
import type { SslSession } from './ssl_session.ts';
import type { StreamBinding } from './stream.ts';
import type { X509 } from './x509.ts';
import type { X509Store } from './x509_store.ts';

/** Everything the addon exports. */
export interface Binding extends StreamBinding {
  readonly SslCtx: new (method: SslMethod) => SslCtx;
  readonly Ssl: new (ctx: SslCtx, server: boolean) => Ssl;
  readonly MemoryBio: new () => MemoryBio;
  readonly SslPipe: new (ssl: Ssl) => SslPipe;
  readonly X509Store: new () => X509Store;
  readonly X509: { fromDer(der: Uint8Array): X509; fromPem(pem: Uint8Array): X509 };
  readonly SslSession: { fromDer(der: Uint8Array): SslSession };

  /** Text of an X509_V_ERR_* code. @see X509_verify_cert_error_string(3) */
  x509VerifyCertErrorString(code: number): string;
  /** The names of a packed error code; `data` is null. @see ERR_reason_error_string(3) */
  errorRecord(code: number): OpenSSLErrorRecord;
  /** The number of an object by its short name, as `prime256v1`; 0: there is none. @see OBJ_sn2nid(3) */
  objSn2nid(name: string): number;
  randStatus(): boolean;
  randAdd(bytes: Uint8Array, entropyBytes: number): void;
  randBytes(n: number): Buffer;
  /** Whether this OpenSSL was built with a protocol version (0x0300…0x0304). */
  hasProtocol(version: number): boolean;

  /** Of the library that is really bound. */
  readonly opensslVersion: {
    readonly text: string;
    readonly number: number;
    readonly major: number;
    readonly minor: number;
    readonly patch: number;
  };
  /** Path of the file whose OpenSSL is bound, from dladdr(3): equal versions prove nothing. */
  readonly boundLibrary: string;
  /** OPENSSLDIR-derived default places and their environment variables. @see X509_get_default_cert_file(3) */
  readonly defaultPaths: {
    readonly certFile: string;
    readonly certDir: string;
    readonly certFileEnv: string;
    readonly certDirEnv: string;
  };
  /** `SSL_OP_*` as bigint; `SSL_VERIFY_*`, `X509_V_*`, `SSL_MODE_*`, `SSL_SESS_CACHE_*`, `SSL_AD_*`, `X509_CHECK_FLAG_*` as numbers. */
  readonly constants: Readonly<Record<string, number | bigint>>;
  /** Capabilities probed at run time. */
  readonly has: Readonly<
    Record<
      | 'psk'
      | 'pha'
      | 'ktls'
      | 'compression'
      | 'getGroupName'
      | 'certCompression'
      | 'rawPublicKeys'
      | 'implementedGroups'
      | 'signatureNames',
      boolean
    >
  >;
}
