import { isIP } from 'node:net';
import { repr } from '../support/pformat.ts';

export interface Target {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

const HTTPS_PORT = 443;

/** Reads `HOST`, `HOST:PORT`, `[IPv6]`, `[IPv6]:PORT` or a bare IPv6 address. */
export function parseTarget(text: string): Target {
  if (isIP(text) === 6) return { host: text, port: HTTPS_PORT };
  const match = /^(?:\[([^\]]+)\]|([^[\]:/\s@]+))(?::(\d{1,5}))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? HTTPS_PORT : Number(match[3]);
  if (host === undefined || (match?.[1] !== undefined && isIP(host) !== 6) || port < 1 || port > 65535) {
    throw new TypeError(`${repr(text)} is no HOST[:PORT]; an IPv6 address with a port is written [::1]:443`);
  }
  return { host, port };
}
