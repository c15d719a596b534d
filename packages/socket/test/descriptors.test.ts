/** A server that has no descriptor left: whom it has goes on, who comes is turned away, and it recovers by itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, SocketError, type SSLSocket } from '@sslkit/socket';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { clientContext, readExactly } from './support.ts';

const SCARCE = fileURLToPath(new URL('./fixtures/scarce.mjs', import.meta.url));
/** Enough for Node itself and a few connections. */
const LIMITED = 'ulimit -n 96 && exec "$0" "$@"';

interface Scarce extends AsyncDisposable {
  /** Has the child do this; its answer. */
  ask(deed: string, argument?: number): Promise<unknown>;
}

async function scarceProcess(kind: string): Promise<Scarce> {
  const { caFile, combinedFile } = await files();
  const child: ChildProcess = spawn('/bin/sh', ['-c', LIMITED, process.execPath, SCARCE, combinedFile], {
    env: { ...process.env, SSLKIT_CHANNEL: kind, SSL_CERT_FILE: caFile },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const answer = async (): Promise<unknown> => {
    const [message] = await withTimeout(once(child, 'message'), 20_000, 'the child');
    return (message as { answer: unknown }).answer;
  };
  await answer();
  return {
    ask(deed, argument) {
      child.send([deed, argument]);
      return answer();
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function visit(port: number): Promise<SSLSocket> {
  return connect(['localhost', port], { context: await clientContext() });
}

/** What the server says first: its channel. */
async function served(client: SSLSocket): Promise<string> {
  return (await readExactly(client, 'NativeChannel\n'.length)).toString().trim();
}

async function echoes(client: SSLSocket, text: string): Promise<void> {
  await client.write(text);
  expect((await readExactly(client, text.length)).toString()).toBe(text);
}

describe.runIf(process.platform !== 'win32').each(CHANNEL_KINDS)('without descriptors, %s channel', (kind) => {
  const name = kind === 'native' ? 'NativeChannel' : 'StreamChannel';

  test('a listener serves whom it has, turns others away without spinning, and takes them again later', async () => {
    await using scarce = await scarceProcess(kind);
    const port = (await scarce.ask('listen')) as number;
    await using early = await visit(port);
    expect(await served(early)).toBe(name);
    await scarce.ask('leave', 0);
    for (let visitor = 0; visitor < 3; visitor++) await expect(visit(port)).rejects.toBeInstanceOf(SocketError);
    await echoes(early, 'still served');
    expect(await scarce.ask('load')).toBeLessThan(0.5);
    await scarce.ask('free');
    await using late = await visit(port);
    expect(await served(late)).toBe(name);
    await echoes(late, 'served again');
  });

  test('connect() and listen() say EMFILE, and work when there are some again', async () => {
    await using scarce = await scarceProcess(kind);
    const port = (await scarce.ask('listen')) as number;
    await scarce.ask('leave', 0);
    expect(await scarce.ask('attempts', port)).toEqual(['EMFILE', 'EMFILE']);
    await scarce.ask('free');
    // The first attempt could not read whom it should trust, and must not have remembered that.
    expect(await scarce.ask('attempts', port)).toEqual([null, null]);
  });

  test('a net.Socket whose descriptor cannot be doubled is served all the same', async () => {
    await using scarce = await scarceProcess(kind);
    const port = (await scarce.ask('wrap')) as number;
    // One for accept(2), none for the duplicate.
    await scarce.ask('leave', 1);
    await using client = await visit(port);
    expect(await served(client)).toBe('StreamChannel');
    await echoes(client, 'over the other channel');
    await scarce.ask('free');
    await using next = await visit(port);
    expect(await served(next)).toBe(name);
  });
});
