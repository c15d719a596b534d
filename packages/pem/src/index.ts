// A bundler lays the code out in this order; gzipped it is 10 bytes smaller than in that of the alphabet.
export { PEM_FOOTER, PEM_HEADER } from './plain.ts';
export { formatPem, type PemBlockInput, type PemFormatOptions } from './format.ts';
export { iteratePem, type PemBundle, parsePem, splitBundle } from './parse.ts';
export { parsePemStream } from './stream.ts';
export { type DerClass, type DerElement, iterateDer, readDer } from './der.ts';
export { derCertToPemCert, pemCertToDerCert } from './python.ts';
export { DerError, PemError } from './errors.ts';
export { type PemRepair, type PemRepairKind, repairPem } from './repair.ts';
export { certTimeToSeconds } from './time.ts';
export { type DerKind, identifyDer } from './identify.ts';
export type { PemBlock, PemMode, PemParseOptions } from './types.ts';
