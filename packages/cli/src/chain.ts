/** Who issued whom: chains as servers send them, leaf first. */
import { X509Certificate } from 'node:crypto';
import { nameLine } from './names.ts';
import type { CertificateDict } from '@sslkit/context';

/** A certificate and what is needed of it here. */
export interface ChainLink {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly dict: CertificateDict;
}

/** @throws SSLError when it is no certificate */
export async function chainLink(der: Uint8Array): Promise<ChainLink> {
  const { decodeCertificate } = await import('@sslkit/context');
  return { der, dict: decodeCertificate(der), x509: new X509Certificate(der) };
}

/** Whether `parent` signed `child`: names, key identifiers, the right to sign, and the signature itself. */
export function isIssuedBy(child: ChainLink, parent: ChainLink): boolean {
  try {
    return child.x509.checkIssued(parent.x509) && child.x509.verify(parent.x509.publicKey);
  } catch {
    // A key or a signature of a kind that OpenSSL does not know: nothing is shown by it.
    return false;
  }
}

export function isSelfIssued(link: ChainLink): boolean {
  return isIssuedBy(link, link);
}

export interface Chain {
  /** Leaf first, each issued by the next. */
  readonly links: readonly ChainLink[];
  /** What is in no place of the chain. */
  readonly left: readonly ChainLink[];
}

/** Builds the chain of `leaf` out of a heap of certificates. */
export function buildChain(leaf: ChainLink, heap: readonly ChainLink[]): Chain {
  const links = [leaf];
  let left = heap.filter((link) => link !== leaf);
  for (let last = leaf; !isSelfIssued(last); ) {
    const parent = left.find((link) => isIssuedBy(last, link));
    if (!parent) break;
    links.push(parent);
    left = left.filter((link) => link !== parent);
    last = parent;
  }
  return { links, left };
}

/** The certificates that issued no other one of the heap: one in a chain, more in a heap of several chains. */
export function leavesOf(heap: readonly ChainLink[]): ChainLink[] {
  return heap.filter((link) => !heap.some((other) => other !== link && isIssuedBy(other, link)));
}

/** A certificate in words. */
export function linkName({ dict }: ChainLink): string {
  return nameLine(dict.subject);
}
