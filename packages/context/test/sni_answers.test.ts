/** The answers of the SNI callback over memory: which refuse, and that the handshake waits for a late one. */
import {
  ALERT_DESCRIPTION_ACCESS_DENIED,
  ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
  type SniCallback,
  type SSLContext,
  type SSLError,
  type SSLObject,
  SSLWantCallbackError,
  SSLWantReadError,
} from '@sslkit/context';
import { mintLeaf } from '@sslkit/testkit';
import { beforeEach, describe, expect, test } from 'vitest';
import { cast, clientOf, serverOf } from './contexts.ts';
import { connectedPair, handshake, pairOf, thrownBy, VERSIONS } from './pair.ts';

const forFirst = await mintLeaf(cast.ca, { dns: ['first.example'] });
const forSecond = await mintLeaf(cast.ca, { dns: ['second.example'] });
const serverContext = (own = forFirst): SSLContext => serverOf({ own });

describe.each(VERSIONS)('the answer of the SNI callback, %s', (_name, version) => {
  let client: SSLContext;
  let server: SSLContext;
  beforeEach(() => {
    client = clientOf({ version });
    server = serverContext();
  });

  const refusal = (callback: SniCallback): { client: Error; server: SSLError } => {
    server.sniCallback = callback;
    const result = handshake(pairOf(client, server, { serverHostname: 'first.example' }));
    return { client: result.client as Error, server: result.server as SSLError };
  };

  test.each([
    ['access_denied', ALERT_DESCRIPTION_ACCESS_DENIED, 'ACCESS_DENIED'],
    ['unrecognized_name', ALERT_DESCRIPTION_UNRECOGNIZED_NAME, 'UNRECOGNIZED_NAME'],
  ])('refuses with %s', (_case, alert, reason) => {
    const result = refusal(() => alert);
    expect((result.client as SSLError).reason).toMatch(new RegExp(`${reason}$`));
    expect(result.server).toMatchObject({ reason: 'CALLBACK_FAILED', errno: 1, library: 'SSL' });
    expect(result.server.cause).toBe(undefined);
    expect(result.server.hint).toContain(reason);
  });

  test.each([
    ['null', null],
    ['false', false],
    ['an object', { alert: 40 }],
    ['undefined', undefined],
  ])('what it throws refuses with handshake_failure and is the cause: %s', (_case, thrown) => {
    const result = refusal(() => {
      throw thrown;
    });
    expect((result.client as SSLError).reason).toMatch(/HANDSHAKE_FAILURE$/);
    expect(result.server).toMatchObject({ name: 'SSLError', reason: 'CALLBACK_FAILED' });
    expect(result.server.hint).toContain('see cause');
    expect(result.server.cause).toBe(thrown);
  });

  test.each([
    ['close_notify', 0],
    ['user_cancelled', 90],
    ['no_renegotiation', 100],
    ['a number that is no alert', 999],
    ['a fraction', 40.5],
    ['true', true],
    ['false', false],
    ['a text', 'first.example'],
    ['the context', null],
  ])('an answer that it may not give is an error: %s', (_case, answer) => {
    const result = refusal((() => answer ?? server) as unknown as SniCallback);
    expect((result.client as SSLError).reason).toMatch(/INTERNAL_ERROR$/);
    expect(result.server).toMatchObject({ reason: 'CALLBACK_FAILED', cause: { code: 'ERR_INVALID_RETURN_VALUE' } });
    expect(result.server.cause).toBeInstanceOf(TypeError);
  });

  test('the refusal sticks', () => {
    server.sniCallback = () => ALERT_DESCRIPTION_ACCESS_DENIED;
    const pair = pairOf(client, server, { serverHostname: 'first.example' });
    const { server: failure } = handshake(pair);
    expect(thrownBy(() => pair.server.doHandshake())).toBe(failure);
    expect(thrownBy(() => pair.server.read())).toBe(failure);
  });

  test('an async one: the handshake waits, with an error of its own until then', async () => {
    const { promise, resolve } = withResolvers();
    server.sniCallback = async (connection, name) => {
      await promise;
      if (name === 'second.example') connection.context = serverContext(forSecond);
    };
    const pair = pairOf(client, server, { serverHostname: 'second.example' });
    const waiting = handshake(pair);
    expect(waiting.client).toBeInstanceOf(SSLWantReadError);
    expect(waiting.server).toBeInstanceOf(SSLWantCallbackError);
    expect(waiting.server).toMatchObject({ code: 'ERR_SSL_WANT_CALLBACK', errno: 11 });
    expect(thrownBy(() => pair.server.read())).toBeInstanceOf(SSLWantCallbackError);
    expect(thrownBy(() => pair.server.write(Buffer.from('x')))).toBeInstanceOf(SSLWantCallbackError);
    expect(pair.toClient.pending).toBe(0);
    resolve();
    await (waiting.server as SSLWantCallbackError).settled;
    expect(handshake(pair)).toEqual({ client: null, server: null });
    expect(pair.client.getPeerCert()).toHaveProperty('subjectAltName', [['DNS', 'second.example']]);
  });

  test.each([
    ['an alert', Promise.resolve(ALERT_DESCRIPTION_ACCESS_DENIED), /ACCESS_DENIED$/, undefined],
    ['a rejection', () => Promise.reject(new Error('no such tenant')), /HANDSHAKE_FAILURE$/, 'no such tenant'],
    ['garbage', Promise.resolve('yes'), /INTERNAL_ERROR$/, /not a string$/],
  ])('an async one refuses by %s', async (_case, answer, alert, cause) => {
    server.sniCallback = (() => (typeof answer === 'function' ? answer() : answer)) as SniCallback;
    const pair = pairOf(client, server, { serverHostname: 'first.example' });
    await (handshake(pair).server as SSLWantCallbackError).settled;
    const result = handshake(pair);
    expect((result.client as SSLError).reason).toMatch(alert);
    const message = (result.server?.cause as Error | undefined)?.message;
    if (cause === undefined) expect(message).toBe(undefined);
    else expect(message).toMatch(cause);
  });

  test('a promise whose then throws is a callback that throws', async () => {
    const broken = Object.defineProperty({}, 'then', {
      get() {
        throw new Error('no then');
      },
    });
    const result = refusal((() => broken) as unknown as SniCallback);
    expect(result.server.cause).toMatchObject({ message: 'no then' });
  });

  test('the callback may be taken away while it is asked: its answer still counts', async () => {
    const { promise, resolve } = withResolvers();
    server.sniCallback = async () => {
      await promise;
      return ALERT_DESCRIPTION_ACCESS_DENIED;
    };
    const pair = pairOf(client, server, { serverHostname: 'first.example' });
    const { settled } = handshake(pair).server as SSLWantCallbackError;
    server.sniCallback = null;
    resolve();
    await settled;
    expect((handshake(pair).client as SSLError).reason).toMatch(/ACCESS_DENIED$/);
    connectedPair(client, server, { serverHostname: 'first.example' });
  });

  test('a handshake that is driven from inside the callback waits for it', () => {
    let inside: unknown;
    server.sniCallback = (connection) => {
      inside = thrownBy(() => (connection as SSLObject).doHandshake());
    };
    connectedPair(client, server, { serverHostname: 'first.example' });
    expect(inside).toBeInstanceOf(SSLWantCallbackError);
  });

  test('the context can be assigned only while the callback is asked, and only to a server’s', async () => {
    const outside = { code: 'ERR_SSL_NOT_IN_SNI_CALLBACK' };
    const failures: unknown[] = [];
    server.sniCallback = (connection) => {
      for (const wrong of [client, {}, null]) {
        failures.push(thrownBy(() => Object.assign(connection, { context: wrong })).code);
      }
    };
    const pair = pairOf(client, server, { serverHostname: 'first.example' });
    const other = serverContext();
    expect(thrownBy(() => Object.assign(pair.server, { context: other }))).toMatchObject(outside);
    expect(handshake(pair)).toEqual({ client: null, server: null });
    expect(failures).toEqual(['ERR_SSL_WRONG_ROLE', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_TYPE']);
    expect(thrownBy(() => Object.assign(pair.server, { context: other }))).toMatchObject(outside);
    expect(thrownBy(() => Object.assign(pair.client, { context: other }))).toMatchObject(outside);
    pair.server.context = server;
    expect(pair.server.context).toBe(server);
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
