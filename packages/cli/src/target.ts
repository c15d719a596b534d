import { isIP } from 'node:net';
import { usageError } from './failure.ts';
import { printable } from './terminal.ts';

/** Where to connect to. `host` has no brackets. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export const DEFAULT_PORT = 443;

/**
 * Reads `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address; the port is 443 unless given.
 * @throws CliError (usage) for anything else
 */
export function parseTarget(text: string): Target {
  if (text.includes('://')) {
    throw usageError(`${quoted(text)} is a URL`, 'give HOST[:PORT], without a scheme and a path');
  }
  const [host, port] = split(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing them is the purpose
  if (host === '' || /[\x00-\x20\x7f/@?#[\]]/.test(host)) {
    throw usageError(`${quoted(text)} is no HOST[:PORT]`, 'an IPv6 address with a port goes in brackets: [::1]:443');
  }
  return { host, port: port === null ? DEFAULT_PORT : parsePort(port) };
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatTarget(target: Target): string {
  return `${isIP(target.host) === 6 ? `[${target.host}]` : target.host}:${target.port}`;
}

function split(text: string): [host: string, port: string | null] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const host = bracketed[1]!;
    if (isIP(host) !== 6) throw usageError(`${quoted(host)} is no IPv6 address`);
    return [host, bracketed[2] ?? null];
  }
  if (isIP(text) === 6) return [text, null];
  const colon = text.lastIndexOf(':');
  if (colon < 0) return [text, null];
  if (text.indexOf(':') !== colon) throw usageError(`${quoted(text)} has too many colons`);
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw usageError(`${quoted(text)} is no port`, 'ports are 1 to 65535');
  return port;
}

function quoted(text: string): string {
  return `"${printable(text)}"`;
}
