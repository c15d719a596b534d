import { pythonCommand, type PythonVersion } from './presence.ts';
import {
  type PeerProcess,
  type PeerServer,
  pemPath,
  type RunOptions,
  type RunResult,
  runCommand,
  startPeer,
  type TlsVersion,
  withPort,
} from './process.ts';
import { PYTHON_CLIENT, PYTHON_SERVER } from './python_scripts.ts';

export interface PythonScriptOptions extends RunOptions {
  /** Default 3.11. */
  python?: PythonVersion;
  args?: readonly string[];
}

interface PythonTlsOptions {
  /** Path or PEM text. */
  cert?: string;
  /** Path or PEM text. */
  key?: string;
  /** Trusted authorities: path or PEM text. */
  ca?: string;
  /** Only this version. */
  tls?: TlsVersion;
  alpn?: readonly string[];
  /** Default 3.11. */
  python?: PythonVersion;
}

export interface PythonServerOptions extends PythonTlsOptions {
  cert: string;
  key: string;
  clientCert?: 'optional' | 'required';
}

export interface PythonClientOptions extends PythonTlsOptions {
  port: number;
  /** Checked and sent as SNI; null turns the check off. Default `localhost`. */
  servername?: string | null;
}

/** What a Python end says about itself once the handshake is done. */
export interface PythonHandshake {
  version: string;
  cipher: [name: string, protocol: string, bits: number];
  alpn: string | null;
  peercert: Record<string, unknown> | null;
  server_hostname?: string | null;
}

export interface PythonServer extends PeerServer {
  /** What the next connection's handshake came to: its facts, or Python's error. */
  handshake(): Promise<PythonHandshake | { error: string; reason: string | null }>;
}

/** One action of a Python client; each is answered before the next is taken. */
export type PythonAction =
  | { send: string }
  /** At most so many bytes, as one `recv` gives them. */
  | { recv: number }
  /** Exactly so many, or what came before the end. */
  | { recvall: number }
  | { unwrap: true }
  | { close: true };

export interface PythonClient extends PeerProcess {
  readonly handshake: Promise<PythonHandshake>;
  /** The result: text received, or a count; rejects with `name: message` of Python's error. */
  act(action: PythonAction): Promise<string | number | null>;
}

/** Runs a script to its end. */
export function runPython(script: string, options: PythonScriptOptions = {}): Promise<RunResult> {
  const { python, args = [], ...rest } = options;
  return runCommand(pythonCommand(python), ['-c', script, ...args], rest);
}

/**
 * Starts a server on CPython's `ssl`, which sends back what it reads. Three lines are commands instead: `UNWRAP` (ends TLS
 * and goes on in clear), `CLOSE` (closes with close_notify), `VANISH` (closes without).
 */
export async function pythonServer(options: PythonServerOptions): Promise<PythonServer> {
  const peer = startPeer(pythonCommand(options.python), ['-c', PYTHON_SERVER, configuration(options)]);
  const server = await withPort(peer, /PORT (\d+)\n/);
  return {
    ...server,
    handshake: async () => JSON.parse((await server.output.waitFor(/HANDSHAKE (.*)\n/))[1]!),
  };
}

/** Starts a client on CPython's `ssl`, which then does what it is asked to. */
export function pythonClient(options: PythonClientOptions): PythonClient {
  const { servername = 'localhost', ...rest } = options;
  const peer = startPeer(pythonCommand(options.python), ['-c', PYTHON_CLIENT, configuration({ ...rest, servername })]);
  const handshake = answer(peer, 'HANDSHAKE') as Promise<PythonHandshake>;
  handshake.catch(() => {});
  const act = async (action: PythonAction): Promise<string | number | null> => {
    await handshake;
    peer.write(`${JSON.stringify(action)}\n`);
    return (await answer(peer, 'RESULT')) as string | number | null;
  };
  return { ...peer, handshake, act };
}

function configuration(options: PythonTlsOptions & { servername?: string | null }): string {
  const { cert, key, ca, ...rest } = options;
  const paths = Object.entries({ cert, key, ca }).map(([name, value]) => [name, value && pemPath(value)]);
  return JSON.stringify({ ...rest, ...Object.fromEntries(paths) });
}

async function answer(peer: PeerProcess, label: string): Promise<unknown> {
  const match = await peer.output.waitFor(new RegExp(`(${label}|ERROR) (.*)\\n`));
  const value: unknown = JSON.parse(match[2]!);
  if (match[1] === 'ERROR') throw new Error((value as { error: string }).error);
  return value;
}
