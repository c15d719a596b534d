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
export { createDefaultContextOf } from './default_context.ts';
export { Engine, Want } from './engine.ts';
export type { CipherTriple } from './inspectors.ts';
export { parseServerName } from './hostname.ts';
export { native, Piped } from './native.ts';
export type { MemoryBio, SslPipe } from './native.ts';
export { checkOptions } from './options.ts';
export { stateOf } from './context_state.ts';
export { derCertToPemCert } from '@sslkit/pem';
