/**
 * `@sslkit/context/engine`: what the other packages of sslkit build on. It is not for users and may change with any
 * release; the packages of sslkit depend on exact ranges of each other.
 */
export {
  describe,
  rangeMisuse,
  requireBoolean,
  requireBytes,
  requireInteger,
  requireString,
  stateMisuse,
  typeMisuse,
  valueMisuse,
} from './arguments.ts';
export type { MisuseCode } from './arguments.ts';
export { createDefaultContextOf } from './default_context.ts';
export { Engine, Want } from './engine.ts';
export type { CipherTriple } from './inspectors.ts';
export { FIRST_BYTES } from './first_bytes.ts';
export { parseServerName } from './hostname.ts';
export type { ServerName } from './hostname.ts';
export { memoryBioParts } from './memory_bio.ts';
export { native, Piped } from './native.ts';
export type { MemoryBio, OpenSSLFailure, Ssl, SslPipe } from './native.ts';
export { connectionError, contextError, isOpenSSLFailure } from './native_error.ts';
export type { ConnectionFacts } from './native_error.ts';
export { checkOptions } from './options.ts';
export type { EngineOptions } from './roles.ts';
export { stateOf } from './context_state.ts';
export { derCertToPemCert } from '@sslkit/pem';
