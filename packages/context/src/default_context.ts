/** createDefaultContext: the settings that are right for most. */
import { describe, typeMisuse } from './arguments.ts';
import type { Protocol } from './constants.ts';
import {
  CERT_NONE,
  PROTOCOL_TLS_CLIENT,
  PROTOCOL_TLS_SERVER,
  VERIFY_X509_PARTIAL_CHAIN,
  VERIFY_X509_STRICT,
} from './constants.ts';
import { SSLContext } from './context.ts';
import { checkOptions } from './options.ts';
import { Purpose } from './purpose.ts';
import type { VerifyLocations } from './verify_locations.ts';

/**
 * A context with good settings: for a client (`Purpose.SERVER_AUTH`, the default) it verifies the server and its name
 * against the system's trust, or against what is given here; for a server it asks for no client certificate.
 *
 * The environment variable `SSLKEYLOGFILE` sets {@link SSLContext.keylogFilename}, as in Python.
 */
export function createDefaultContext(purpose: Purpose = Purpose.SERVER_AUTH, options?: VerifyLocations): SSLContext {
  return createDefaultContextOf(SSLContext, purpose, options);
}

/** The same for a subclass: the socket package has its own SSLContext. */
export function createDefaultContextOf<Context extends SSLContext>(
  type: new (protocol: Protocol) => Context,
  purpose: Purpose = Purpose.SERVER_AUTH,
  options?: VerifyLocations,
): Context {
  if (!(purpose instanceof Purpose)) throw typeMisuse(`purpose must be a Purpose, not ${describe(purpose)}`);
  const locations = checkOptions('createDefaultContext', options, ['cafile', 'capath', 'cadata']);
  const context = new type(purpose === Purpose.SERVER_AUTH ? PROTOCOL_TLS_CLIENT : PROTOCOL_TLS_SERVER);
  context.verifyFlags |= VERIFY_X509_PARTIAL_CHAIN | VERIFY_X509_STRICT;
  const given = options === undefined ? null : withoutEmpty(locations);
  if (given !== null) context.loadVerifyLocations(given);
  else if (context.verifyMode !== CERT_NONE) context.loadDefaultCerts(purpose);
  // Python's rule, and curl's and browsers'.
  if (process.env.SSLKEYLOGFILE) context.keylogFilename = process.env.SSLKEYLOGFILE;
  return context;
}

/** Python takes an empty text or empty bytes for "not given" here. Null: nothing is left. */
function withoutEmpty(locations: VerifyLocations): VerifyLocations | null {
  const given = Object.entries(locations).filter(([, value]) => value != null && value !== '' && value.length !== 0);
  return given.length === 0 ? null : Object.fromEntries(given);
}
