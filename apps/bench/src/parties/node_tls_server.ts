import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer as createNetServer, type Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { SocketDuplex } from './duplex.ts';
import type { ServerParty } from './implementation.ts';
import { type NodeTlsChannel, negotiated, profileOptions } from './node_tls_options.ts';
import { MARK, type StartServer } from './protocol.ts';

const BACKLOG = 511;

export async function openNodeTlsServer(order: StartServer, channel: NodeTlsChannel): Promise<ServerParty> {
  const party: ServerParty = { port: 0, counters: { handshakes: 0, failures: 0, bytesIn: 0 }, negotiated: undefined };
  const fail = (): void => {
    party.counters.failures++;
  };
  const tlsServer = createServer({
    key: readFileSync(order.key),
    cert: readFileSync(order.cert),
    noDelay: true,
    ...profileOptions(order.profile),
  });
  tlsServer.on('tlsClientError', fail);
  tlsServer.on('secureConnection', (socket) => {
    party.counters.handshakes++;
    party.negotiated ??= negotiated(socket, true);
    socket.on('error', fail);
    socket.write(MARK);
    behave(socket, order, party.counters);
  });
  party.port = await listening(channel === 'net' ? tlsServer : overDuplex(tlsServer));
  return party;
}

/** A plain server that hands each connection to the TLS server as a stream without a file descriptor. */
function overDuplex(tlsServer: Server): Server {
  return createNetServer({ noDelay: true }, (socket) => {
    tlsServer.emit('connection', new SocketDuplex(socket));
  });
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}

function behave(socket: TLSSocket, order: StartServer, counters: ServerParty['counters']): void {
  if (order.behaviour === 'echo') {
    echo(socket, counters);
    return;
  }
  let received = 0;
  socket.on('data', (data) => {
    counters.bytesIn += data.length;
    if (order.behaviour === 'duplex' && received === 0) pump(socket, order.expect, order.chunk);
    received += data.length;
    if (received < order.expect) return;
    received -= order.expect;
    socket.write(MARK);
  });
}

function echo(socket: TLSSocket, counters: ServerParty['counters']): void {
  const resume = (): void => {
    socket.resume();
  };
  socket.on('data', (data) => {
    counters.bytesIn += data.length;
    if (socket.write(data)) return;
    socket.pause();
    socket.once('drain', resume);
  });
}

/** Writes `bytes` bytes, `size` at a time, as fast as the socket takes them. */
export function pump(socket: TLSSocket, bytes: number, size: number): void {
  const chunk = Buffer.alloc(size, 0x61);
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const part = left < size ? chunk.subarray(0, left) : chunk;
      left -= part.length;
      if (!socket.write(part) && left > 0) {
        socket.once('drain', more);
        return;
      }
    }
  };
  more();
}
