/** The contexts that tests begin with, made of the cast that they share. What a test is about it sets itself. */
import { PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER, SSLContext, type TLSVersion } from '@sslkit/context';
import { type Minted, type Scene, scene } from '@sslkit/testkit';

export const cast: Scene = await scene();

export interface ContextOptions {
  /** The only version that it speaks. */
  readonly version?: TLSVersion;
  /** The certificate that it shows, with its key; null: none. */
  readonly own?: Pick<Minted, 'combinedPem'> | null;
  /** The authority that it trusts; null: nobody. */
  readonly trusts?: Pick<Minted, 'certPem'> | null;
}

/** A client that trusts the test authority, and shows no certificate. */
export function clientOf({ own = null, trusts = cast.ca, version }: ContextOptions = {}): SSLContext {
  return equipped(new SSLContext(PROTOCOL_TLS_CLIENT), { own, trusts, version });
}

/** A server with a certificate of the test authority, which trusts nobody and asks for no certificate. */
export function serverOf({ own = cast.server, trusts = null, version }: ContextOptions = {}): SSLContext {
  return equipped(new SSLContext(PROTOCOL_TLS_SERVER), { own, trusts, version });
}

type Equipment = { [Option in keyof Required<ContextOptions>]: ContextOptions[Option] };

function equipped(context: SSLContext, { own, trusts, version }: Equipment): SSLContext {
  if (own) context.loadCertChain({ pem: own.combinedPem });
  if (trusts) context.loadVerifyLocations({ cadata: trusts.certPem });
  if (version) context.minimumVersion = context.maximumVersion = version;
  return context;
}
