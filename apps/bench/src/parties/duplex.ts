import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/**
 * A Duplex that has no file descriptor: what a proxy, a tunnel or a WebSocket gives to TLS. It forwards to a
 * `net.Socket` with as little as a correct Duplex can do, and is the same for every contestant that takes one.
 */
export class SocketDuplex extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    if (this.#socket.write(chunk)) callback();
    else this.#socket.once('drain', callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.#socket.cork();
    let room = true;
    for (const { chunk } of chunks) room = this.#socket.write(chunk);
    this.#socket.uncork();
    if (room) callback();
    else this.#socket.once('drain', callback);
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}
