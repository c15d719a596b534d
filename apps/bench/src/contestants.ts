/** Who is measured. To add one: an entry here and, for another API, an `Implementation` in parties/. */
import { join } from 'node:path';
import { type Floor, buildFloor } from './floor.ts';
import { benchFolder } from './folders.ts';
import { findRuntime, type RuntimeName } from './runtimes.ts';

export interface Contestant {
  id: string;
  label: string;
  /** For the report. */
  description: string;
  /** Null: cannot run here, and why. */
  command: { server: Command; client: Command } | { missing: string };
  /** The contestant that this one is also compared with, besides the baseline. */
  rival?: string;
  /** Ids of the items that it takes part in; default: all. */
  items?: readonly string[];
}

export interface Command {
  file: string;
  args: readonly string[];
  /** Added to the clean environment that all parties get. */
  env?: Record<string, string>;
}

/** All ratios are to this one, which is therefore always measured. */
export const BASELINE = 'node-tls';

/** @param floor compiled when not given */
export function allContestants(floor: Floor = buildFloor()): Contestant[] {
  const here = process.execPath;
  const sslkit = (channel: string, env: Record<string, string> = {}, file: string = here): Contestant['command'] =>
    inNode(file, 'sslkit', channel, { SSLKIT_CHANNEL: channel, ...env });
  return [
    entry(
      'node-tls',
      'node:tls',
      `node:tls on the Node in use (${process.versions.node})`,
      inNode(here, 'node-tls', 'net'),
    ),
    entry(
      'sslkit-native',
      'sslkit',
      '`connect` and `listen` of @sslkit/socket: the native channel',
      sslkit('native'),
      'bun',
    ),
    {
      id: 'sslkit-one-thread',
      label: 'sslkit, one thread',
      description: 'the same without handshake threads: all of a handshake on the event loop',
      command: sslkit('native', { SSLKIT_HANDSHAKE_THREADS: '0' }),
      rival: 'bun',
      items: ['handshake-p256', 'handshake-rsa'],
    },
    entry('node-tls-newest', 'node:tls, newest Node', 'node:tls on the newest Node', inRuntime('node')),
    {
      id: 'sslkit-newest',
      label: 'sslkit, newest Node',
      description: 'the native channel on the newest Node and its OpenSSL, with the addon built on the Node in use',
      command: onRuntime('node', (file) => sslkit('native', {}, file)),
      rival: 'node-tls-newest',
      items: ['handshake-p256', 'handshake-rsa', 'resume', 'echo-50', 'bulk-64k', 'bulk-1k'],
    },
    entry('bun', 'Bun', "node:tls on Bun's own TLS", inRuntime('bun')),
    entry('deno', 'Deno', "node:tls on Deno's own TLS", inRuntime('deno')),
    entry('floor', 'C floor', "floor/*.c: epoll and the system's OpenSSL, nothing else", inC(floor)),
    entry(
      'node-tls-duplex',
      'node:tls over a Duplex',
      '`tls.connect({ socket: duplex })`, and a `tls.Server` given duplexes',
      inNode(here, 'node-tls', 'duplex'),
    ),
    entry(
      'sslkit-stream',
      'sslkit over a Duplex',
      '`context.wrapSocket(duplex)` in both parties: the stream channel',
      sslkit('stream'),
      'node-tls-duplex',
    ),
  ];
}

function entry(
  id: string,
  label: string,
  description: string,
  command: Contestant['command'],
  rival?: string,
): Contestant {
  return { id, label, description, command, ...(rival ? { rival } : {}) };
}

const party = join(benchFolder, 'dist', 'parties', 'main.js');

function inNode(
  file: string,
  implementation: string,
  channel: string,
  env: Record<string, string> = {},
): Contestant['command'] {
  return both({ file, args: ['--expose-gc', party, implementation, channel], env });
}

function inRuntime(name: RuntimeName): Contestant['command'] {
  return onRuntime(name, (file) =>
    name === 'deno'
      ? both({ file, args: ['run', '-A', '--v8-flags=--expose-gc', party, 'node-tls', 'net'] })
      : inNode(file, 'node-tls', 'net'),
  );
}

function onRuntime(name: RuntimeName, command: (file: string) => Contestant['command']): Contestant['command'] {
  const file = findRuntime(name);
  return file === null ? { missing: 'not installed; `pnpm bench --install` does' } : command(file);
}

function inC(floor: Floor): Contestant['command'] {
  if ('missing' in floor) return floor;
  return { server: { file: floor.server, args: [] }, client: { file: floor.client, args: [] } };
}

function both(command: Command): Contestant['command'] {
  return { server: command, client: command };
}
