/**
 * A server that speaks the protocol of the Entropy Gathering Daemon on a Unix socket.
 *
 * Commands: 0x00 how many bits there are (answer: 4 bytes, big end first); 0x01 n read up to n bytes (answer: a count,
 * then as many bytes); 0x02 n read n bytes, waiting for them (answer: n bytes, no count); 0x03 b b n data add entropy of
 * b bits (no answer); 0x04 process id (answer: a length, then the digits).
 *
 * @see RAND_egd(3), and the `egd.pl` manual, section "Client Interface"
 */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { closeServer } from './net.ts';
import { temporaryDirectory } from './temporary.ts';

export interface EgdOptions {
  /** How many bytes there are to give in all; default without limit. */
  available?: number;
  /** Closes the connection: at once, instead of an answer, behind the count, or in the middle of the bytes. */
  hangUp?: 'on-connect' | 'on-command' | 'after-count' | 'mid-bytes';
  /** Accepts and reads, but never answers. */
  silent?: boolean;
  /** Writes each answer one byte at a time. */
  byteAtATime?: boolean;
}

export type EgdCommand =
  | { command: 'count' }
  | { command: 'read' | 'read-blocking'; bytes: number }
  | { command: 'write'; bits: number; data: Buffer }
  | { command: 'pid' };

export interface EgdServer extends AsyncDisposable {
  /** The Unix socket's path. */
  readonly path: string;
  /** What clients have asked, in order. */
  readonly commands: readonly EgdCommand[];
  /** All random bytes given so far. */
  served(): Buffer;
  close(): Promise<void>;
}

const EMPTY = Buffer.alloc(0);

/** Starts an entropy daemon. Its bytes count up from 1, so that a test can tell what it was given. */
export async function egdServer(options: EgdOptions = {}): Promise<EgdServer> {
  const path = join(temporaryDirectory('egd-'), 'egd.sock');
  const state = new EgdState(options);
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    if (options.hangUp === 'on-connect') socket.destroy();
    else converse(socket, state);
  });
  server.listen(path);
  await once(server, 'listening');
  const close = (): Promise<void> => {
    for (const socket of open) socket.destroy();
    return closeServer(server);
  };
  return { path, commands: state.commands, served: () => state.served(), close, [Symbol.asyncDispose]: close };
}

/** The first whole command in `bytes` and its length; null when more bytes are needed. */
export function parseEgdCommand(bytes: Buffer): { command: EgdCommand; length: number } | null {
  const [code, second] = bytes;
  if (code === 0) return { command: { command: 'count' }, length: 1 };
  if (code === 4) return { command: { command: 'pid' }, length: 1 };
  if (code === 1 || code === 2) {
    if (second === undefined) return null;
    return { command: { command: code === 1 ? 'read' : 'read-blocking', bytes: second }, length: 2 };
  }
  if (code !== 3) throw new RangeError(`EGD has no command ${code}`);
  const length = 4 + (bytes[3] ?? Number.POSITIVE_INFINITY);
  if (bytes.length < length) return null;
  return { command: { command: 'write', bits: bytes.readUInt16BE(1), data: bytes.subarray(4, length) }, length };
}

class EgdState {
  readonly commands: EgdCommand[] = [];
  readonly options: EgdOptions;
  readonly #served: Buffer[] = [];
  #left: number;
  #next = 0;

  constructor(options: EgdOptions) {
    this.options = options;
    this.#left = options.available ?? Number.POSITIVE_INFINITY;
  }

  served(): Buffer {
    return Buffer.concat(this.#served);
  }

  /** The answer, or null while a blocking read waits for bytes that nobody will add. */
  answer(command: EgdCommand): Buffer | null {
    this.commands.push(command);
    if (command.command === 'count') return uint32(Math.min(this.#left * 8, 0xffff_ffff));
    if (command.command === 'pid') return withCount(Buffer.from(String(process.pid)));
    if (command.command === 'write') {
      this.#left += command.data.length;
      return EMPTY;
    }
    if (command.command === 'read') return withCount(this.#take(Math.min(command.bytes, this.#left)));
    return command.bytes <= this.#left ? this.#take(command.bytes) : null;
  }

  #take(count: number): Buffer {
    const bytes = Buffer.from(Array.from({ length: count }, (_, index) => (this.#next + index + 1) & 0xff));
    this.#next += count;
    this.#left -= count;
    this.#served.push(bytes);
    return bytes;
  }
}

function converse(socket: net.Socket, state: EgdState): void {
  let pending = EMPTY;
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (let parsed = next(pending, socket); parsed; parsed = next(pending, socket)) {
      pending = pending.subarray(parsed.length);
      reply(socket, state, parsed.command);
    }
  });
}

/** The next command; a client that talks nonsense is hung up on. */
function next(pending: Buffer, socket: net.Socket): { command: EgdCommand; length: number } | null {
  if (pending.length === 0 || socket.destroyed) return null;
  try {
    return parseEgdCommand(pending);
  } catch {
    socket.destroy();
    return null;
  }
}

function reply(socket: net.Socket, state: EgdState, command: EgdCommand): void {
  const { hangUp, silent, byteAtATime } = state.options;
  if (hangUp === 'on-command') {
    socket.destroy();
    return;
  }
  const answer = state.answer(command);
  if (silent || !answer) return;
  if (hangUp === 'after-count') socket.end(answer.subarray(0, 1));
  else if (hangUp === 'mid-bytes') socket.end(answer.subarray(0, Math.ceil(answer.length / 2)));
  else for (const part of byteAtATime ? [...answer].map((byte) => Buffer.of(byte)) : [answer]) socket.write(part);
}

function withCount(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
