import { createServer } from 'node:net';
import { SocketDuplex } from './duplex.ts';
import type { ServerParty } from './implementation.ts';
import { MARK, type StartServer } from './protocol.ts';
import { negotiated, requireNative, type SslkitChannel, serverContext } from './sslkit.ts';
import type { SslkitApi, SslkitContext, SslkitSocket } from './sslkit_api.ts';

const READ_SIZE = 65_536;
const HOST = '127.0.0.1';
const BACKLOG = 511;

type Accept = (socket: SslkitSocket) => void;

export async function openSslkitServer(
  api: SslkitApi,
  channel: SslkitChannel,
  order: StartServer,
): Promise<ServerParty> {
  const party: ServerParty = { port: 0, counters: { handshakes: 0, failures: 0, bytesIn: 0 }, negotiated: undefined };
  const context = serverContext(api, order);
  const accept: Accept = (socket) => {
    serve(socket, order, channel, party).catch(() => {
      party.counters.failures++;
      socket.close().catch(() => {});
    });
  };
  party.port = channel === 'native' ? await listen(api, context, accept) : await listenOverDuplex(context, accept);
  return party;
}

async function listen(api: SslkitApi, context: SslkitContext, accept: Accept): Promise<number> {
  const listener = await api.listen([HOST, 0], { context });
  const acceptAll = async (): Promise<void> => {
    for await (const socket of listener) accept(socket);
  };
  acceptAll().catch((error) => process.stderr.write(`sslkit listener: ${error}\n`));
  return listener.getSockName()[1];
}

function listenOverDuplex(context: SslkitContext, accept: Accept): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    accept(context.wrapSocket(new SocketDuplex(socket), { serverSide: true }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: HOST, backlog: BACKLOG }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
}

async function serve(
  socket: SslkitSocket,
  order: StartServer,
  channel: SslkitChannel,
  party: ServerParty,
): Promise<void> {
  await socket.doHandshake();
  party.counters.handshakes++;
  if (!party.negotiated) requireNative(channel);
  party.negotiated ??= negotiated(socket);
  await socket.write(MARK);
  if (order.behaviour === 'echo') await echo(socket, party);
  else await take(socket, order, party);
  await socket.close();
}

async function echo(socket: SslkitSocket, { counters }: ServerParty): Promise<void> {
  for (;;) {
    const data = await socket.read(READ_SIZE);
    if (data.length === 0) return;
    counters.bytesIn += data.length;
    await socket.write(data);
  }
}

async function take(socket: SslkitSocket, order: StartServer, { counters }: ServerParty): Promise<void> {
  const buffer = new Uint8Array(READ_SIZE);
  let received = 0;
  for (;;) {
    const length = await socket.read(READ_SIZE, buffer);
    if (length === 0) return;
    counters.bytesIn += length;
    if (order.behaviour === 'duplex' && received === 0) void pump(socket, order.expect, order.chunk);
    received += length;
    if (received < order.expect) continue;
    received -= order.expect;
    await socket.write(MARK);
  }
}

/** Writes `bytes` bytes, `size` at a time, each awaited: what the documentation shows. */
export async function pump(socket: SslkitSocket, bytes: number, size: number): Promise<void> {
  const chunk = new Uint8Array(size).fill(0x61);
  for (let left = bytes; left > 0; left -= size) await socket.write(left < size ? chunk.subarray(0, left) : chunk);
}
