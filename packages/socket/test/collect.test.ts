/** Connections to which nobody holds a reference, while garbage is collected in every turn. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CHANNEL_KINDS } from '@sslkit/socket/internal';
import { files, SLOWNESS, withTimeout } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { TLS_VERSIONS } from './support.ts';

const COLLECTED = fileURLToPath(new URL('./fixtures/collected.mjs', import.meta.url));

/** Ends by itself when nothing is left to do: a handle that stayed open would keep it. */
async function run(channel: string, ...args: string[]): Promise<{ end: unknown; output: string }> {
  const child = spawn(process.execPath, ['--expose-gc', COLLECTED, ...args], {
    env: { ...process.env, SSLKIT_CHANNEL: channel },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  try {
    return { end: await withTimeout(once(child, 'close'), 60_000, 'the process to end by itself'), output };
  } finally {
    child.kill('SIGKILL');
  }
}

describe.each(CHANNEL_KINDS)('garbage collection, %s channel', (kind) => {
  describe.each(TLS_VERSIONS)('TLS %s', (tls) => {
    test.each([
      ['transfer', 'a transfer between sockets that nobody holds arrives whole'],
      ['lent', 'so does one over net.Sockets that nobody holds'],
      ['piped', 'so does one through pipelines of streams that nobody holds'],
      ['into', 'reads into memory that nobody holds are answered'],
      ['handshakes', 'handshakes that nobody awaits come to their end'],
      ['asked', 'so do handshakes that wait for an SNI callback, with contexts that nobody else holds'],
      ['closed', 'sockets that were closed are held by nothing'],
    ])(
      '%s: %s',
      async (scenario) => {
        const { combinedFile, caFile } = await files();
        expect(await run(kind, scenario, combinedFile, caFile, tls)).toEqual({ end: [0, null], output: 'ok\n' });
      },
      70_000 * SLOWNESS,
    );
  });
});
