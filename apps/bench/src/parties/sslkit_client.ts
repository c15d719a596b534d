import { connect as connectNet } from 'node:net';
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
import type { BulkRun, ContextsRun, EchoRun, HandshakesRun, RefuseRun, StartClient } from './protocol.ts';
import { clientContext, negotiated, requireNative, type SslkitChannel } from './sslkit.ts';
import type { SslkitApi, SslkitContext, SslkitSocket } from './sslkit_api.ts';
import { pump } from './sslkit_server.ts';

const HOST = '127.0.0.1';
const READ_SIZE = 65_536;
const CERT_REQUIRED = 2;

interface Target {
  context: SslkitContext;
  serverHostname: string;
  session?: unknown;
}

export class SslkitClient extends ClientRuns {
  readonly #api: SslkitApi;
  readonly #channel: SslkitChannel;
  readonly #order: StartClient;
  readonly #target: Target;
  #looked = false;

  constructor(api: SslkitApi, channel: SslkitChannel, order: StartClient) {
    super();
    this.#api = api;
    this.#channel = channel;
    this.#order = order;
    this.#target = { context: clientContext(api, order), serverHostname: order.servername };
  }

  /** A connection with its greeting taken. */
  async #open(target: Target): Promise<SslkitSocket> {
    const socket = await this.#connect(target);
    // Before the greeting: a server that finds itself on the wrong channel says no more.
    if (!this.#looked) requireNative(this.#channel);
    this.#looked = true;
    const greeting = await socket.read(1);
    if (greeting.length !== 1) throw new Error('the server closed the connection');
    return socket;
  }

  async #connect(target: Target): Promise<SslkitSocket> {
    if (this.#channel === 'native') return this.#api.connect([HOST, this.#order.port], target);
    const { context, ...options } = target;
    const stream = new SocketDuplex(connectNet({ host: HOST, port: this.#order.port, noDelay: true }));
    const socket = context.wrapSocket(stream, options);
    await socket.doHandshake();
    return socket;
  }

  protected async handshakes(run: HandshakesRun): Promise<PreparedRun> {
    const target = run.resume ? { ...this.#target, session: await this.#session() } : this.#target;
    return onTheClock(async () => {
      const report = emptyReport();
      let started = 0;
      const lane = async (): Promise<void> => {
        while (started < run.count) {
          started++;
          const socket = await this.#open(target);
          note(report, socket, target);
          await socket.close();
          report.operations++;
        }
      };
      await Promise.all(Array.from({ length: run.concurrency }, lane));
      return report;
    });
  }

  async #session(): Promise<unknown> {
    const socket = await this.#open(this.#target);
    const { session } = socket;
    await socket.close();
    if (!session) throw new Error('the server sent no ticket');
    return session;
  }

  async #connections(count: number, report: RunReport): Promise<SslkitSocket[]> {
    const sockets: SslkitSocket[] = [];
    let started = 0;
    const lane = async (): Promise<void> => {
      while (started < count) {
        started++;
        const socket = await this.#open(this.#target);
        note(report, socket, this.#target);
        sockets.push(socket);
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, 16) }, lane));
    return sockets;
  }

  protected async echo(run: EchoRun): Promise<PreparedRun> {
    const report = emptyReport();
    const sockets = await this.#connections(run.count, report);
    const message = new Uint8Array(run.size).fill(0x61);
    const talk = async (socket: SslkitSocket): Promise<void> => {
      const buffer = new Uint8Array(run.size);
      for (let left = run.messages / run.count; left > 0; left--) {
        await socket.write(message);
        await readExactly(socket, buffer);
        report.bytesIn += run.size;
        report.operations++;
      }
    };
    return overOpen(
      () => closeAll(sockets),
      async () => {
        await Promise.all(sockets.map(talk));
        return { ...report, bytesOut: run.messages * run.size };
      },
    );
  }

  protected async bulk(run: BulkRun): Promise<PreparedRun> {
    const report = emptyReport();
    const [socket] = await this.#connections(1, report);
    if (!socket) throw new Error('no connection');
    const expected = (run.run === 'duplex' ? run.bytes : 0) + 1;
    const take = async (): Promise<void> => {
      const buffer = new Uint8Array(READ_SIZE);
      while (report.bytesIn < expected) {
        const length = await socket.read(READ_SIZE, buffer);
        if (length === 0) throw new Error('the server closed the connection');
        report.bytesIn += length;
      }
    };
    return overOpen(
      () => closeAll([socket]),
      async () => {
        await Promise.all([take(), pump(socket, run.bytes, run.size)]);
        return { ...report, operations: 1, bytesOut: run.bytes };
      },
    );
  }

  protected async reach(run: RefuseRun): Promise<void> {
    const context = run.ca ? clientContext(this.#api, { ...this.#order, ca: run.ca }) : this.#target.context;
    const socket = await this.#open({ context, serverHostname: run.servername ?? this.#order.servername });
    await socket.close();
  }

  protected contexts(run: ContextsRun): RunReport {
    return timeContexts(run.count, () => {
      const context = this.#api.createDefaultContext();
      return context.certStoreStats().x509;
    });
  }
}

/** An sslkit connection exists only once it is verified, under a context that asks for it. */
function note(report: RunReport, socket: SslkitSocket, { context }: Target): void {
  report.connections++;
  if (context.verifyMode === CERT_REQUIRED && context.checkHostname) report.verified++;
  if (socket.sessionReused) report.resumed++;
  report.negotiated ??= negotiated(socket);
}

async function readExactly(socket: SslkitSocket, buffer: Uint8Array): Promise<void> {
  let got = 0;
  while (got < buffer.length) {
    const length = await socket.read(buffer.length - got, buffer.subarray(got));
    if (length === 0) throw new Error('the server closed the connection');
    got += length;
  }
}

async function closeAll(sockets: readonly SslkitSocket[]): Promise<void> {
  await Promise.all(sockets.map((socket) => socket.close()));
}
