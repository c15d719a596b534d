/** connect() to a name that has several addresses: which are tried, in which order, how long, and what is left behind. */
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { getEventListeners, once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { fileURLToPath } from 'node:url';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, listen, SocketError, type SSLListener } from '@sslkit/socket';
import { StreamEvent, TlsListener } from '@sslkit/openssl-native';
import { openDescriptors, refusingPort, withTimeout } from '@sslkit/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { clientContext, closeAll, overChannels, serverContext } from './support.ts';

const NAME = 'several.example';
const GOOD = '127.0.0.1';
const REFUSING = ['127.0.0.2', '127.0.0.3'] as const;
const SILENT = '127.0.0.9';
/** Linux drops a SYN for a full queue, and takes all of 127.0.0.0/8 as its own; others refuse, or do not have them. */
const LINUX = process.platform === 'linux';

const ENTRY = fileURLToPath(import.meta.resolve('@sslkit/socket'));
/** Connects until something comes from standard input; ends with 7 when that was an abort, and nothing is left to do. */
const ABORTING = `
  const { connect } = await import(process.argv[1]);
  const { default: dns } = await import('node:dns');
  const { default: net } = await import('node:net');
  net.setDefaultAutoSelectFamilyAttemptTimeout(60_000);
  const all = ['127.0.0.2', process.argv[2], '127.0.0.3'].map((address) => ({ address, family: 4 }));
  dns.lookup = (host, options, callback) => process.nextTick(callback, null, all);
  const controller = new AbortController();
  process.stdin.once('data', () => controller.abort());
  await connect(['${NAME}', Number(process.argv[3])], { signal: controller.signal })
    .catch((error) => { process.exitCode = error.code === 'ABORT_ERR' ? 7 : 1; });`;

const realLookup = dns.lookup;
const realPatience = net.getDefaultAutoSelectFamilyAttemptTimeout();

/** What the name resolves to from now on; other names stay what they are. */
function resolveTo(...addresses: string[]): void {
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
  const fake = (
    host: string,
    options: dns.LookupAllOptions,
    callback: (error: null, found: object[]) => void,
  ): void => {
    if (host === NAME) process.nextTick(callback, null, all);
    else realLookup(host, options, callback as never);
  };
  vi.spyOn(dns, 'lookup').mockImplementation(fake as never);
}

/** Node's bounds are 10 ms and the timer's largest. */
function patience(milliseconds: number): void {
  net.setDefaultAutoSelectFamilyAttemptTimeout(milliseconds);
}

async function serving(): Promise<SSLListener> {
  return listen([GOOD, 0], { context: await serverContext() });
}

/** A port that nobody answers on at {@link SILENT}: its queue is full, and nobody takes from it. */
async function silentAt(port: number): Promise<{ [Symbol.asyncDispose](): Promise<void> }> {
  const listener = new TlsListener();
  const first = new Promise((resolve) => {
    listener.owner = { onStreamEvent: (event) => event === StreamEvent.CONNECTION && resolve(null) };
  });
  if (listener.listenTcp(SILENT, port, 1, false) !== 0) throw new Error(`cannot listen on ${SILENT}:${port}`);
  // libuv takes one and waits for us to have it; the queue for `backlog` 1 holds two more.
  const fillers: net.Socket[] = [];
  for (let filler = 0; filler < 3; filler++) {
    const socket = net.connect(port, SILENT);
    socket.on('error', () => {});
    fillers.push(socket);
    await once(socket, 'connect');
    if (filler === 0) await first;
  }
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      for (const socket of fillers) socket.destroy();
      listener.close();
      await turns();
    },
  };
}

async function turns(): Promise<void> {
  for (let round = 0; round < 5; round++) await turn();
}

/** Connections of this machine that have asked {@link SILENT} and have no answer; proc_pid_net(5), state 2 is SYN_SENT. */
function asking(port: number): number {
  const target = `${Buffer.from(SILENT.split('.').map(Number)).reverse().toString('hex').toUpperCase()}:${hex4(port)}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote === target && state === '02').length;
}

function hex4(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, '0');
}

/** Resolves once an attempt hangs at the silent address, or `over` has settled before that was seen. */
async function attemptIsUnderWay(port: number, over: Promise<unknown> = new Promise(() => {})): Promise<void> {
  let done = false;
  void over.then(() => {
    done = true;
  });
  const look = async (): Promise<void> => {
    while (asking(port) === 0 && !done) await turn();
  };
  await withTimeout(look(), undefined, 'a connection that asks the silent address');
}

function addressesOf(error: unknown): string[] {
  const { cause } = error as { cause: AggregateError };
  return cause.errors.map((each: Error) => / ([0-9a-f.:]+):\d+/.exec(each.message)?.[1] ?? each.message);
}

beforeEach(() => patience(60_000));
afterEach(() => {
  vi.restoreAllMocks();
  patience(realPatience);
});

overChannels('a name with several addresses', () => {
  test.runIf(LINUX)('the next address is tried when one refuses', async () => {
    await using listener = await serving();
    resolveTo(...REFUSING, GOOD);
    const client = await connect([NAME, listener.getSockName()[1]], {
      context: await clientContext(),
      serverHostname: 'localhost',
    });
    expect(client.getPeerName()).toEqual(listener.getSockName());
    await closeAll(client, await listener.accept());
  });

  test('each is tried once, families taking turns, the first one’s leading', async () => {
    await using refusing = await refusingPort();
    const { port } = refusing;
    // Mapped addresses are of the other family and lead to the same loopback.
    const [mapped, other] = ['::ffff:127.0.0.4', '::ffff:127.0.0.5'];
    resolveTo(...REFUSING, mapped, other, '127.0.0.6');
    const four = await connect([NAME, port]).catch((error: unknown) => error);
    expect(addressesOf(four)).toEqual([REFUSING[0], mapped, REFUSING[1], other, '127.0.0.6']);
    resolveTo(mapped, ...REFUSING, other);
    const six = await connect([NAME, port]).catch((error: unknown) => error);
    expect(addressesOf(six)).toEqual([mapped, REFUSING[0], other, REFUSING[1]]);
  });

  test('when all fail the error is the first one’s, and its cause has all of them', async () => {
    await using refusing = await refusingPort();
    const { port } = refusing;
    resolveTo(...REFUSING);
    const before = openDescriptors();
    const error = await connect([NAME, port]).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(SocketError);
    const code = LINUX ? 'ECONNREFUSED' : expect.any(String);
    expect(error).toMatchObject({ code, syscall: 'connect', cause: { name: 'AggregateError' } });
    expect((error as Error).message).toContain(`${REFUSING[0]}:${port}`);
    expect((error as { cause: AggregateError }).cause.errors).toHaveLength(2);
    await turns();
    expect(openDescriptors()).toBe(before);
  });

  test('one address alone that fails is one error', async () => {
    await using refusing = await refusingPort();
    const { port } = refusing;
    resolveTo(GOOD);
    const error = await connect([NAME, port]).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ name: 'SocketError', code: 'ECONNREFUSED', syscall: 'connect' });
    expect((error as Error).cause).not.toBeInstanceOf(AggregateError);
  });

  test('a name that does not resolve is the failure of the lookup', async () => {
    const notFound = Object.assign(new Error(`getaddrinfo ENOTFOUND ${NAME}`), {
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: NAME,
    });
    vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, callback: (error: Error) => void) =>
      process.nextTick(callback, notFound)) as never);
    await expect(connect([NAME, 1])).rejects.toMatchObject({
      name: 'SocketError',
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
    });
  });
});

describe.runIf(LINUX)('with an address that does not answer', () => {
  overChannels('the attempt', (kind) => {
    test('ends after the attempt time-out, and the next address is connected', async () => {
      await using listener = await serving();
      const port = listener.getSockName()[1];
      await using _silent = await silentAt(port);
      patience(20);
      resolveTo(SILENT, GOOD);
      const before = openDescriptors();
      const client = await connect([NAME, port], { context: await clientContext(), serverHostname: 'localhost' });
      expect(client.getPeerName()).toEqual([GOOD, port]);
      expect(asking(port)).toBe(0);
      await closeAll(client, await listener.accept());
      await turns();
      expect(openDescriptors()).toBe(before);
    });

    test('ends when it was refused before: a refusal does not use up the next one’s time', async () => {
      await using listener = await serving();
      const port = listener.getSockName()[1];
      await using _silent = await silentAt(port);
      patience(20);
      resolveTo(REFUSING[0], SILENT, REFUSING[1]);
      const error = await connect([NAME, port]).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: 'ECONNREFUSED' });
      const { cause } = error as { cause: AggregateError };
      expect(cause.errors.map(({ code }: { code: string }) => code)).toEqual([
        'ECONNREFUSED',
        'ETIMEDOUT',
        'ECONNREFUSED',
      ]);
    });

    test.each(['an abort', 'a time-out'] as const)('that is ended by %s leaves no descriptor', async (end) => {
      await using listener = await serving();
      const port = listener.getSockName()[1];
      await using _silent = await silentAt(port);
      resolveTo(REFUSING[0], SILENT, GOOD);
      const before = openDescriptors();
      const controller = new AbortController();
      const { signal } = controller;
      const limits = end === 'an abort' ? { signal } : { signal, timeout: 200 };
      const connecting = connect([NAME, port], limits).catch((error: unknown) => error);
      // A busy machine may have no time to look at it before its time is over.
      await attemptIsUnderWay(port, connecting);
      if (end === 'an abort') controller.abort();
      expect(await connecting).toMatchObject({ code: end === 'an abort' ? 'ABORT_ERR' : 'ERR_SOCKET_TIMEOUT' });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      await turns();
      expect(asking(port)).toBe(0);
      expect(openDescriptors()).toBe(before);
    });

    test('that is aborted keeps no process from ending', async () => {
      await using listener = await serving();
      const port = listener.getSockName()[1];
      await using _silent = await silentAt(port);
      const child = spawn(process.execPath, ['--input-type=module', '-e', ABORTING, ENTRY, SILENT, String(port)], {
        env: { ...process.env, SSLKIT_CHANNEL: kind },
        stdio: ['pipe', 'ignore', 'inherit'],
      });
      await attemptIsUnderWay(port);
      child.stdin.end('abort');
      // A minute is what the attempt and the connection would take by themselves.
      expect(await withTimeout(once(child, 'exit'), 20_000, 'the child to end')).toEqual([7, null]);
    });

    test('has as long as the system gives it when it is the last', async () => {
      await using listener = await serving();
      const port = listener.getSockName()[1];
      await using _silent = await silentAt(port);
      patience(10);
      resolveTo(REFUSING[0], SILENT);
      const connecting = connect([NAME, port], { timeout: 300 });
      await expect(connecting).rejects.toMatchObject({ code: 'ERR_SOCKET_TIMEOUT' });
    });
  });
});

// Without the addon net.connect looks names up, and throws out of reach when a lookup finds nothing and says nothing.
test.runIf(LINUX)('a name without an address is not found', async () => {
  resolveTo();
  await expect(connect([NAME, 1])).rejects.toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo' });
});
