import { canonicalLabel, isPrivateLabel } from './labels.ts';
import { iteratePem } from './parse.ts';
import type { PemBlock, PemParseOptions } from './types.ts';

/** A bundle's blocks by what one does with them, each kind in the order of the text. */
export interface PemBundle {
  certificates: PemBlock[];
  /** Of any kind, encrypted ones too. */
  privateKeys: PemBlock[];
  others: PemBlock[];
}

/**
 * Parses a bundle and sorts its blocks. `CERTIFICATE` is a certificate; in lax mode `X509 CERTIFICATE` is one, too
 * (RFC 7468 section 5.1).
 *
 * @throws as `parsePem`.
 */
export function splitBundle(text: string | Uint8Array, options?: PemParseOptions): PemBundle {
  const bundle: PemBundle = { certificates: [], privateKeys: [], others: [] };
  for (const block of iteratePem(text, options)) {
    const isCertificate = canonicalLabel(block.label, options?.mode ?? 'standard') === 'CERTIFICATE';
    const kind = isCertificate ? 'certificates' : isPrivateLabel(block.label) ? 'privateKeys' : 'others';
    bundle[kind].push(block);
  }
  return bundle;
}
