/** Real sockets on loopback: connected pairs, a server that misbehaves by script, a proxy that cuts the line. */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { closeServer, listenLoopback } from './net.ts';
import { recordsOf } from './records.ts';
import { temporaryDirectory } from './temporary.ts';

/**
 * One step of a {@link faultyServer}: send bytes; wait until that many bytes or TLS records in all have come from this client; send bytes
 * that are no TLS; end with FIN; reset with RST; or stay silent until closed.
 */
export type FaultyStep =
  | { send: Uint8Array | string }
  | { waitBytes: number }
  | { waitRecords: number }
  | { garbage: number }
  | 'end'
  | 'reset'
  | 'silence';

export interface FaultyServer extends AsyncDisposable {
  readonly port: number;
  /** All that clients have sent, in order of arrival. */
  received(): Buffer;
  /** Settles when the script of the first connection has been played. */
  readonly played: Promise<void>;
  close(): Promise<void>;
}

/** Where a {@link cuttingProxy} cuts: behind so many bytes or whole TLS records of one direction. */
export interface Cut {
  from: 'server' | 'client';
  after: { bytes: number } | { records: number };
  /** FIN, RST, bytes that are no TLS and then FIN, or silence with the connection left open. */
  how: 'end' | 'reset' | 'garbage' | 'silence';
}

export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** How many bytes the direction that is cut had given when it was cut, or has given so far. */
  passed(): number;
  close(): Promise<void>;
}

/** Two ends of one TCP connection, client first, both paused (nothing has been read) and half-open. */
export async function tcpPair(): Promise<[net.Socket, net.Socket]> {
  return connectedPair(async (server) => ({ host: '127.0.0.1', port: await listenLoopback(server) }));
}

/** The same over a Unix-domain socket. */
export async function unixPair(): Promise<[net.Socket, net.Socket]> {
  return connectedPair(async (server) => {
    const path = join(temporaryDirectory(), 'pair.sock');
    server.listen(path);
    await once(server, 'listening');
    return { path };
  });
}

export interface RefusingPort extends AsyncDisposable {
  readonly port: number;
}

/**
 * A port of loopback where nobody listens, and that nobody is given meanwhile: an accepted connection has it. A port that
 * was listened on and then closed may be another process's the next moment.
 */
export async function refusingPort(): Promise<RefusingPort> {
  const [near, far] = await tcpPair();
  return {
    port: far.localPort as number,
    async [Symbol.asyncDispose]() {
      const closed = [near, far].map((socket) => once(socket, 'close'));
      near.destroy();
      far.destroy();
      await Promise.all(closed);
    },
  };
}

/** A server on loopback that plays `script` to every client. */
export async function faultyServer(script: readonly FaultyStep[]): Promise<FaultyServer> {
  const received: Buffer[] = [];
  let report: () => void = () => {};
  const played = new Promise<void>((resolve) => {
    report = resolve;
  });
  const host = await socketHost((socket) => {
    // What a step waits for is counted per client: another one's bytes must not set it off.
    const own: Buffer[] = [];
    socket.on('data', (chunk) => {
      own.push(chunk);
      received.push(chunk);
    });
    void play(socket, script, () => Buffer.concat(own)).then(report);
  });
  return { ...host, played, received: () => Buffer.concat(received) };
}

/** A proxy in front of a real server that lets the line break at an exact point of the conversation. */
export async function cuttingProxy(targetPort: number, cut: Cut): Promise<CuttingProxy> {
  let passed = 0;
  const host = await socketHost((client) => {
    const server = net.connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true });
    server.on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    client.on('close', () => server.destroy());
    const [from, to] = cut.from === 'server' ? [server, client] : [client, server];
    to.on('data', (chunk: Buffer) => from.write(chunk));
    to.on('end', () => from.end());
    passUntil(from, to, cut, (count) => {
      passed = count;
    });
  });
  return { ...host, passed: () => passed };
}

async function connectedPair(
  listen: (server: net.Server) => Promise<net.NetConnectOpts>,
): Promise<[net.Socket, net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const client = net.connect({ ...(await listen(server)), allowHalfOpen: true });
  client.pause();
  const [[peer]] = await Promise.all([accepted, once(client, 'connect')]);
  server.close();
  return [client, peer];
}

async function socketHost(
  onConnection: (socket: net.Socket) => void,
): Promise<{ port: number; close(): Promise<void>; [Symbol.asyncDispose](): Promise<void> }> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    onConnection(socket);
  });
  const port = await listenLoopback(server);
  const close = (): Promise<void> => {
    for (const socket of open) socket.destroy();
    return closeServer(server);
  };
  return { port, close, [Symbol.asyncDispose]: close };
}

async function play(socket: net.Socket, script: readonly FaultyStep[], received: () => Buffer): Promise<void> {
  for (const step of script) {
    if (socket.destroyed || step === 'silence') return;
    if (step === 'end') socket.end();
    else if (step === 'reset') socket.resetAndDestroy();
    else if ('send' in step) socket.write(step.send);
    else if ('garbage' in step) socket.write(Buffer.alloc(step.garbage, 0xa5));
    else if ('waitBytes' in step) await waitUntil(socket, () => received().length >= step.waitBytes);
    else await waitUntil(socket, () => recordsOf(received()).records.length >= step.waitRecords);
  }
}

/** Waits for more data until the condition holds or the client has gone. */
async function waitUntil(socket: net.Socket, holds: () => boolean): Promise<void> {
  while (!holds() && !socket.destroyed && !socket.readableEnded) {
    await new Promise<void>((resolve) => {
      const again = (): void => {
        for (const event of ['data', 'end', 'close']) socket.off(event, again);
        resolve();
      };
      for (const event of ['data', 'end', 'close']) socket.on(event, again);
    });
  }
}

function passUntil(from: net.Socket, to: net.Socket, cut: Cut, onPassed: (count: number) => void): void {
  let seen = Buffer.alloc(0);
  let passed = 0;
  let broken = false;
  const pass = (limit: number): void => {
    to.write(seen.subarray(passed, limit));
    passed = limit;
    onPassed(passed);
  };
  const advance = (chunk: Buffer): void => {
    if (broken) return;
    seen = Buffer.concat([seen, chunk]);
    const limit = cutPoint(seen, cut.after);
    pass(Math.min(seen.length, limit));
    if (seen.length < limit) return;
    broken = true;
    breakLine(from, to, cut.how);
  };
  from.on('data', advance);
  from.on('end', () => broken || to.end());
  // A cut at zero must not wait for the first byte, which may never come.
  advance(Buffer.alloc(0));
}

/** The offset to cut at; infinite while it lies beyond what has been seen. */
function cutPoint(seen: Buffer, after: Cut['after']): number {
  if ('bytes' in after) return after.bytes;
  if (after.records === 0) return 0;
  return recordsOf(seen).records[after.records - 1]?.end ?? Number.POSITIVE_INFINITY;
}

function breakLine(from: net.Socket, to: net.Socket, how: Cut['how']): void {
  if (how === 'silence') return;
  if (how === 'reset') to.resetAndDestroy();
  else to.end(Buffer.alloc(how === 'garbage' ? 64 : 0, 0xa5));
  from.destroy();
}
