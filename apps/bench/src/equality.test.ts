import { describe, expect, test } from 'vitest';
import { checkRound, UnequalWork } from './equality.ts';
import type { Result, Sample } from './parties/protocol.ts';
import type { TrafficItem } from './work.ts';

const negotiated = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: 'X25519' };
const run: TrafficItem['run'] = { run: 'echo', count: 2, messages: 10, size: 100 };
const result: Result = {
  event: 'result',
  seconds: 1,
  user: 1,
  system: 1,
  operations: 10,
  connections: 2,
  verified: 2,
  resumed: 0,
  bytesIn: 1_000,
  bytesOut: 1_000,
  negotiated,
};
const before: Sample = { event: 'sample', user: 0, system: 0, handshakes: 2, failures: 0, bytesIn: 0, negotiated };
const after: Sample = { ...before, bytesIn: 1_000 };

const check = (changes: { result?: Partial<Result>; after?: Partial<Sample> }) => () =>
  checkRound(run, { ...result, ...changes.result }, before, { ...after, ...changes.after }, negotiated);

describe('equality of a round', () => {
  test('the work that was planned passes', () => {
    expect(check({})).not.toThrow();
  });

  test('a group that the runtime does not tell passes: the witness saw it', () => {
    expect(check({ result: { negotiated: { ...negotiated, group: null } } })).not.toThrow();
  });

  test.each([
    ['an unverified connection', { result: { verified: 1 } }, 'verified connections: 1 instead of 2'],
    ['a resumption in full handshakes', { result: { resumed: 1 } }, 'resumed connections: 1 instead of 0'],
    ['fewer round trips', { result: { operations: 9 } }, 'operations: 9 instead of 10'],
    ['bytes that the server missed', { after: { bytesIn: 900 } }, 'bytes that the server got: 900 instead of 1000'],
    ['a connection more at the server', { after: { handshakes: 3 } }, 'handshakes of the server: 1 instead of 0'],
    [
      'another cipher suite',
      { after: { negotiated: { ...negotiated, cipher: 'TLS_AES_256_GCM_SHA384' } } },
      'the server negotiated TLS_AES_256_GCM_SHA384 instead of TLS_AES_128_GCM_SHA256',
    ],
  ])('%s is refused', (_, changes, reason) => {
    expect(check(changes)).toThrow(new UnequalWork(reason));
  });
});
