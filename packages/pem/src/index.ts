export { DerError, PemError } from './errors.ts';
export { formatPem, type PemBlockInput, type PemFormatOptions } from './format.ts';
export { iteratePem, parsePem } from './parse.ts';
export { derCertToPemCert, PEM_FOOTER, PEM_HEADER, pemCertToDerCert } from './python.ts';
export { type PemBundle, splitBundle } from './split.ts';
export { certTimeToSeconds } from './time.ts';
export type { PemBlock, PemMode, PemParseOptions } from './types.ts';
