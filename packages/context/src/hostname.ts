/**
 * The name a client expects. One function decides everything about it (which form goes on the wire, whether it is an
 * address), so that SNI and verification can never disagree about who was meant.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { isAscii, requireString, valueMisuse } from './arguments.ts';
import type { Ssl } from './native.ts';

export interface ServerName {
  /** What `serverHostname` shows: the A-label form, or the address as it was given. */
  readonly name: string;
  readonly isAddress: boolean;
  /** What is sent as SNI; null for addresses. @see RFC 6066 section 3 */
  readonly sni: string | null;
}

/**
 * Reads a host name or IP address. ASCII names pass unchanged, as in Python; others become A-labels by UTS #46
 * (IDNA 2008), where Python has IDNA 2003.
 *
 * A trailing dot stays in the name that is verified, where it matches nothing, as in Python; it is kept out of SNI, where
 * RFC 6066 forbids it.
 */
export function parseServerName(hostname: unknown): ServerName {
  const given = requireString('serverHostname', hostname);
  if (given === '' || given.startsWith('.')) {
    throw valueMisuse('serverHostname cannot be an empty string or start with a leading dot.');
  }
  if (given.includes('\0')) throw valueMisuse('serverHostname contains a null character');
  if (isAddress(given)) return { name: given, isAddress: true, sni: null };
  const name = toALabels(given);
  checkLabels(name);
  return { name, isAddress: false, sni: name.endsWith('.') ? name.slice(0, -1) : name };
}

/** What a client asks for by SNI, and what the server's certificate must prove when names are checked. */
export function expectServer(ssl: Ssl, { name, isAddress, sni }: ServerName, checkHostname: boolean): void {
  if (sni !== null) ssl.setTlsextHostName(sni);
  if (!checkHostname) return;
  if (isAddress) ssl.setIp(name);
  else ssl.setHost(name);
}

/** A zone (`fe80::1%eth0`) is local to this host, so such a text is no address that a certificate could hold. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

// domainToASCII parses a whole URL host: it would cut at '/', '?', '#', '@' and ':' and turn "127.1" into an address.
// So it sees only names that need it, and only ones whose ASCII part cannot be taken for URL syntax.
const CONVERTIBLE = /^[A-Za-z0-9._*\-\u0080-\u{10ffff}]+$/u;

function toALabels(name: string): string {
  if (isAscii(name)) return name;
  const ascii = CONVERTIBLE.test(name) ? domainToASCII(name) : '';
  if (ascii === '' || isIP(ascii) !== 0) {
    throw valueMisuse(`serverHostname ${JSON.stringify(name)} is not a valid internationalized host name (UTS #46)`);
  }
  return ascii;
}

/** @see RFC 1035 section 2.3.4: labels of 1 to 63 octets. */
function checkLabels(name: string): void {
  const labels = (name.endsWith('.') ? name.slice(0, -1) : name).split('.');
  for (const label of labels) {
    if (label === '') throw valueMisuse(`serverHostname ${JSON.stringify(name)} has an empty label`);
    if (label.length > 63) throw valueMisuse('serverHostname has a label longer than 63 characters');
  }
}
