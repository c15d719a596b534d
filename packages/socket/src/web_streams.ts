/** The two directions of a socket as web streams. Each pulls or pushes one chunk at a time, so backpressure is the socket's. */
import { ReadableStream, WritableStream } from 'node:stream/web';
import { AbortError } from './limits.ts';
import { type SSLSocket, tlsCoreOf } from './ssl_socket.ts';

const CHUNK_BYTES = 64 * 1024;

export function readableOf(socket: SSLSocket): globalThis.ReadableStream<Uint8Array> {
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await socket.read(CHUNK_BYTES);
        if (chunk.length > 0) controller.enqueue(chunk);
        else controller.close();
      },
      cancel: () => socket.close(),
    },
    // Nothing is read before somebody asks: unwrap() must find unread bytes in the socket.
    { highWaterMark: 0 },
  );
  return stream as globalThis.ReadableStream<Uint8Array>;
}

export function writableOf(socket: SSLSocket): globalThis.WritableStream<Uint8Array> {
  const stream = new WritableStream<Uint8Array>({
    async write(chunk) {
      await socket.write(chunk);
    },
    close: () => socket.closeWrite(),
    // Without close_notify: the peer must not take for whole what was given up in the middle.
    abort: async (reason) => {
      tlsCoreOf(socket).channel?.destroy(new AbortError(reason));
      await socket.close();
    },
  });
  return stream as globalThis.WritableStream<Uint8Array>;
}
