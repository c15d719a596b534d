/**
 * Standard input to the peer, and the peer to standard output, at once.
 *
 * Each direction has at most one chunk in flight: the next is asked for only when the last one was taken, so neither a
 * slow peer nor a slow reader makes memory grow. The peer's end is the end of the command, as in s_client(1): input
 * that is left then has nobody to go to. The end of the input is our close_notify (RFC 8446 6.1: it closes one
 * direction), behind which the peer may go on sending.
 */
import type { Readable } from 'node:stream';
import type { SSLSocket } from '@sslkit/socket';
import { inputError, PhasedError } from './failure.ts';
import { type CommandIo, OutputClosed, writeTo } from './io.ts';

export interface PumpOptions {
  /** Send each line end as CR LF. */
  readonly crlf: boolean;
  /** Close our direction when the input ends. */
  readonly halfClose: boolean;
}

export interface PumpOutcome {
  readonly sent: number;
  readonly received: number;
  /** The peer ended the session before our input was at its end. */
  readonly inputLeft: boolean;
}

/** Bytes asked for in one read: four full TLS records (RFC 8446, section 5.1). */
const CHUNK_BYTES = 65_536;

/** Runs until the peer ends the session, an error, or an abort of `io.signal`. The caller closes the socket. */
export async function pump(socket: SSLSocket, io: CommandIo, options: PumpOptions): Promise<PumpOutcome> {
  const upload: Upload = { sent: 0, ended: false, failure: null };
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  // Not awaited: it never rejects, and a write that the peer does not take ends only when the caller closes the socket.
  void sendAll(upload, { socket, stdin: io.stdin, options, stop });
  const download: Download = { received: 0 };
  try {
    await receiveAll(download, { socket, io, signal });
    return { sent: upload.sent, received: download.received, inputLeft: !upload.ended };
  } catch (error) {
    // What broke our input is the cause; the read was only aborted by it.
    throw upload.failure ?? judged(error, download.received);
  } finally {
    io.stdin.destroy();
  }
}

interface Upload {
  sent: number;
  /** Everything was sent. */
  ended: boolean;
  /** Standard input could not be read. */
  failure: Error | null;
}

interface UploadParts {
  socket: SSLSocket;
  stdin: Readable;
  options: PumpOptions;
  stop: AbortController;
}

async function sendAll(upload: Upload, { socket, stdin, options, stop }: UploadParts): Promise<void> {
  const translate = options.crlf ? crlfTranslator() : (chunk: Buffer) => chunk;
  const chunks = stdin[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Buffer | string>;
    try {
      next = await chunks.next();
    } catch (cause) {
      if (!stdin.destroyed || stdin.errored) upload.failure = unreadable(cause);
      stop.abort(upload.failure);
      return;
    }
    try {
      if (next.done) {
        // A destroyed stream ends the iteration too: then the peer was first, and nothing is to be closed.
        upload.ended = stdin.readableEnded;
        if (upload.ended && options.halfClose) await socket.closeWrite();
        return;
      }
      upload.sent += await socket.write(translate(Buffer.from(next.value)));
    } catch {
      // The connection is broken. Reading finds out why, and first gets what the peer had sent before.
      return;
    }
  }
}

interface Download {
  received: number;
}

interface DownloadParts {
  socket: SSLSocket;
  io: CommandIo;
  signal: AbortSignal;
}

async function receiveAll(download: Download, { socket, io, signal }: DownloadParts): Promise<void> {
  for (;;) {
    const data = await socket.read(CHUNK_BYTES, null, { signal });
    if (data.length === 0) return;
    download.received += data.length;
    await writeTo(io.stdout, data, signal);
  }
}

/**
 * In TLS 1.3 the server judges our certificate after our side of the handshake is done (RFC 8446 4.4.2.4), so its refusal
 * comes with the first read: an alert before any data is still a failed handshake.
 */
function judged(error: unknown, received: number): unknown {
  if (error instanceof OutputClosed) return error;
  const reason = (error as { reason?: unknown } | null)?.reason;
  const refused = received === 0 && typeof reason === 'string' && reason.includes('ALERT');
  return new PhasedError(refused ? 'connect' : 'transfer', error);
}

/** LF becomes CR LF; a CR LF stays one, also when it falls apart into two chunks. */
export function crlfTranslator(): (chunk: Buffer) => Buffer {
  let endedInCr = false;
  return (chunk) => {
    const text = chunk.toString('latin1');
    const translated = text.replace(/\r?\n/g, (lineEnd, at: number) =>
      lineEnd === '\n' && at === 0 && endedInCr ? '\n' : '\r\n',
    );
    if (text !== '') endedInCr = text.endsWith('\r');
    return Buffer.from(translated, 'latin1');
  };
}

function unreadable(cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return inputError(`cannot read standard input: ${message}`, { cause });
}
