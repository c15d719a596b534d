import type { Duplex } from 'node:stream';

/** The part of `@sslkit/socket` that is measured, found at run time: until the package has it, sslkit is absent. */
export interface SslkitApi {
  SSLContext: new (protocol: number) => SslkitContext;
  PROTOCOL_TLS_CLIENT: number;
  PROTOCOL_TLS_SERVER: number;
  TLSVersion: { TLSv1_3: number };
  OPENSSL_VERSION: string;
  createDefaultContext(): SslkitContext;
  connect(
    address: readonly [string, number],
    options: { context: SslkitContext; serverHostname: string; session?: unknown },
  ): Promise<SslkitSocket>;
  listen(address: readonly [string, number], options: { context: SslkitContext }): Promise<SslkitListener>;
}

export interface SslkitContext {
  minimumVersion: number;
  checkHostname: boolean;
  verifyMode: number;
  setCiphersuites(suites: string): void;
  setGroups?(groups: string): void;
  loadCertChain(certfile: string, keyfile: string): void;
  loadVerifyLocations(options: { cafile: string }): void;
  certStoreStats(): { x509: number };
  wrapSocket(
    stream: Duplex,
    options: { serverSide?: boolean; serverHostname?: string; session?: unknown; doHandshakeOnConnect?: boolean },
  ): SslkitSocket;
}

export interface SslkitSocket {
  readonly session: unknown;
  readonly sessionReused: boolean | null;
  doHandshake(): Promise<void>;
  read(size: number): Promise<Buffer>;
  read(size: number, buffer: Uint8Array): Promise<number>;
  write(data: Uint8Array): Promise<number>;
  close(): Promise<void>;
  version(): string | null;
  cipher(): readonly [name: string, protocol: string, bits: number] | null;
  group(): string | null;
}

export interface SslkitListener extends AsyncIterable<SslkitSocket> {
  getSockName(): [host: string, port: number];
}
