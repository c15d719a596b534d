import type { SSLContext } from '@sslkit/context';
import { buildChain, type Chain, type ChainLink, chainLink, isIssuedBy, isSelfIssued } from './chain.ts';

/** The trusted certificate that issued `link`; null when there is none, or it is trusted itself. */
export async function trustedIssuer(link: ChainLink, context: SSLContext): Promise<ChainLink | null> {
  // A folder of trusted certificates is looked up by OpenSSL only when it needs one: what is in it is not in the list.
  for (const der of context.getCaCerts({ binaryForm: true })) {
    const root = await chainLink(der).catch(() => null);
    if (root && !root.x509.raw.equals(link.x509.raw) && isIssuedBy(link, root)) return root;
  }
  return null;
}

/** The chain of the first certificate: out of the others, and at its end the one that is trusted. */
export async function chainToRoot(ders: readonly Uint8Array[], context: SSLContext): Promise<readonly ChainLink[]> {
  const { links } = await chainOf(ders);
  const last = links.at(-1)!;
  const root = isSelfIssued(last) ? null : await trustedIssuer(last, context);
  return root ? [...links, root] : links;
}

/** The chain of the first certificate out of the others; what is there twice counts once. */
export async function chainOf(ders: readonly Uint8Array[]): Promise<Chain> {
  const seen = new Map<string, ChainLink>();
  for (const der of ders) {
    const key = Buffer.from(der).toString('latin1');
    if (!seen.has(key)) seen.set(key, await chainLink(der));
  }
  const heap = [...seen.values()];
  return buildChain(heap[0]!, heap);
}
