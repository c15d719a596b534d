import { readFileSync } from 'node:fs';
import { connect as connectNet } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { SocketDuplex } from './duplex.ts';
import {
  ClientRuns,
  emptyReport,
  onTheClock,
  overOpen,
  type PreparedRun,
  type RunReport,
  timeContexts,
} from './implementation.ts';
import { type NodeTlsChannel, negotiated, profileOptions } from './node_tls_options.ts';
import { pump } from './node_tls_server.ts';
import type { BulkRun, ContextsRun, EchoRun, HandshakesRun, RefuseRun, StartClient } from './protocol.ts';

const HOST = '127.0.0.1';

/** Events and callbacks, no promise per operation: `node:tls` at its leanest. */
export class NodeTlsClient extends ClientRuns {
  readonly #order: StartClient;
  readonly #channel: NodeTlsChannel;
  readonly #context: SecureContext;

  constructor(order: StartClient, channel: NodeTlsChannel) {
    super();
    this.#order = order;
    this.#channel = channel;
    this.#context = this.#contextOf(order.ca);
  }

  #contextOf(ca: string): SecureContext {
    return createSecureContext({ ca: readFileSync(ca), ...profileOptions(this.#order.profile) });
  }

  /** `ready` comes with the server's greeting. */
  #open(options: ConnectionOptions, ready: (socket: TLSSocket) => void): TLSSocket {
    const { port, servername } = this.#order;
    const common = { servername, secureContext: this.#context, ...options };
    const socket =
      this.#channel === 'net'
        ? connect({ host: HOST, port, ...common })
        : connect({ socket: new SocketDuplex(connectNet({ host: HOST, port, noDelay: true })), ...common });
    if (this.#channel === 'net') socket.setNoDelay(true);
    socket.once('data', () => ready(socket));
    return socket;
  }

  #opened(options: ConnectionOptions = {}): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      this.#open(options, resolve).once('error', reject);
    });
  }

  protected async handshakes(run: HandshakesRun): Promise<PreparedRun> {
    const options = run.resume ? { session: await this.#session() } : {};
    return onTheClock(
      () =>
        new Promise((resolve, reject) => {
          const report = emptyReport();
          let started = 0;
          const next = (): void => {
            if (started === run.count) return;
            started++;
            const socket = this.#open(options, () => {
              note(report, socket);
              socket.destroySoon(); // close_notify, then the end, without waiting for the peer's
            });
            socket.once('error', reject);
            socket.once('close', () => {
              if (++report.operations === run.count) resolve(report);
              else next();
            });
          };
          for (let lane = 0; lane < run.concurrency; lane++) next();
        }),
    );
  }

  async #session(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let session: Buffer | undefined;
      const socket = this.#open({}, () => socket.destroySoon());
      socket.on('session', (ticket) => {
        session = ticket;
      });
      socket.once('error', reject);
      socket.once('close', () => (session ? resolve(session) : reject(new Error('the server sent no ticket'))));
    });
  }

  async #connections(count: number, report: RunReport): Promise<TLSSocket[]> {
    const sockets: TLSSocket[] = [];
    const lane = async (): Promise<void> => {
      while (report.connections < count) {
        report.connections++;
        sockets.push(await this.#opened());
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, 16) }, lane));
    report.verified = sockets.filter((socket) => socket.authorized).length;
    report.resumed = sockets.filter((socket) => socket.isSessionReused?.()).length;
    if (sockets[0]) report.negotiated = negotiated(sockets[0], false);
    return sockets;
  }

  protected async echo(run: EchoRun): Promise<PreparedRun> {
    const report = emptyReport();
    const sockets = await this.#connections(run.count, report);
    const message = Buffer.alloc(run.size, 0x61);
    const each = run.messages / sockets.length;
    const talk = (socket: TLSSocket, done: () => void): void => {
      let left = each;
      let got = 0;
      socket.on('data', (data) => {
        report.bytesIn += data.length;
        got += data.length;
        if (got < run.size) return;
        got = 0;
        report.operations++;
        if (--left === 0) done();
        else socket.write(message);
      });
      socket.write(message);
    };
    return overOpen(
      () => destroySoon(sockets),
      async () => {
        await Promise.all(sockets.map((socket) => untilDone(socket, (done) => talk(socket, done))));
        return { ...report, bytesOut: run.messages * run.size };
      },
    );
  }

  protected async bulk(run: BulkRun): Promise<PreparedRun> {
    const report = emptyReport();
    const [socket] = await this.#connections(1, report);
    if (!socket) throw new Error('no connection');
    const expected = (run.run === 'duplex' ? run.bytes : 0) + 1;
    return overOpen(
      () => destroySoon([socket]),
      async () => {
        await untilDone(socket, (done) => {
          socket.on('data', (data) => {
            report.bytesIn += data.length;
            if (report.bytesIn === expected) done();
          });
          pump(socket, run.bytes, run.size);
        });
        return { ...report, operations: 1, bytesOut: run.bytes };
      },
    );
  }

  protected async reach(run: RefuseRun): Promise<void> {
    const options: ConnectionOptions = {
      ...(run.servername ? { servername: run.servername } : {}),
      ...(run.ca ? { secureContext: this.#contextOf(run.ca) } : {}),
    };
    (await this.#opened(options)).destroy();
  }

  /** The bundle's text is read once, as a careful user of `node:tls` would; parsing it is the context's work each time. */
  protected contexts(run: ContextsRun): RunReport {
    return timeContexts(run.count, () => {
      roots ??= readRoots(run.bundle);
      createSecureContext({ ca: roots.text });
      return roots.count;
    });
  }
}

function note(report: RunReport, socket: TLSSocket): void {
  report.connections++;
  if (socket.authorized) report.verified++;
  if (socket.isSessionReused?.()) report.resumed++;
  report.negotiated ??= negotiated(socket, false);
}

function untilDone(socket: TLSSocket, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    start(resolve);
  });
}

interface Roots {
  text: string;
  count: number;
}

let roots: Roots | undefined;

function readRoots(bundle: string): Roots {
  const text = readFileSync(bundle, 'utf8');
  return { text, count: text.split('-----BEGIN CERTIFICATE-----').length - 1 };
}

function destroySoon(sockets: readonly TLSSocket[]): void {
  for (const socket of sockets) socket.destroySoon();
}
