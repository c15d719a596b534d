/** How the ends of a connection look: section 2.b of the reference, "EOF and close mapping", and what improves on it. */
import type net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { SSLEOFError, SSLError } from '@sslkit/socket';
import { duplexPair, recordsOf, tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { closeAll, connected, ends, overVersions, readExactly } from './support.ts';

/** What was written leaves at the end of the turn; these tests go behind the channel's back, to the transport. */
function sent(): Promise<void> {
  return turn();
}

overVersions('the end of a connection', (tls) => {
  describe('close_notify of the peer', () => {
    test('reads as the end, again and again, and writing still works', async () => {
      const { client, server } = await connected(tls);
      await server.write('last words');
      await server.closeWrite();
      expect((await readExactly(client, 10)).toString()).toBe('last words');
      expect((await client.read()).length).toBe(0);
      expect((await client.read()).length).toBe(0);
      expect(await client.read(5, Buffer.alloc(5))).toBe(0);
      expect(client.truncated).toBe(false);
      await client.write('half-open');
      expect((await server.read()).toString()).toBe('half-open');
      await closeAll(client, server);
    });

    test('after our own, writing says PROTOCOL_IS_SHUTDOWN and reading goes on', async () => {
      const { client, server } = await connected(tls);
      await client.closeWrite();
      await client.closeWrite();
      const refused = await client.write('x').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SSLError);
      expect(refused).toMatchObject({ reason: 'PROTOCOL_IS_SHUTDOWN', code: 'ERR_SSL_PROTOCOL_IS_SHUTDOWN' });
      await server.write('late');
      expect((await client.read()).toString()).toBe('late');
      await closeAll(client, server);
    });
  });

  describe('end of the transport without close_notify', () => {
    const ragged = { client: { suppressRaggedEofs: false } };

    test('suppressed: data first, then the end, marked as truncated; writing fails', async () => {
      const [near, far] = await tcpPair();
      const { client, server } = await connected(tls, [near, far]);
      await server.write('cut short');
      await sent();
      far.destroySoon();
      expect((await readExactly(client, 9)).toString()).toBe('cut short');
      expect((await client.read()).length).toBe(0);
      expect(await client.read(undefined, Buffer.alloc(5))).toBe(0);
      expect(client.truncated).toBe(true);
      await expect(client.write('x')).rejects.toBeInstanceOf(SSLEOFError);
      await expect(client.unwrap()).rejects.toBeInstanceOf(SSLEOFError);
      await closeAll(client, server);
    });

    test('not suppressed: data first, then SSLEOFError, again and again', async () => {
      const [near, far] = await tcpPair();
      const { client, server } = await connected(tls, [near, far], ragged);
      await server.write('cut short');
      await sent();
      far.destroySoon();
      expect((await readExactly(client, 9)).toString()).toBe('cut short');
      const first = await client.read().catch((error: unknown) => error);
      expect(first).toBeInstanceOf(SSLEOFError);
      expect(first).toMatchObject({ errno: 8, reason: 'UNEXPECTED_EOF_WHILE_READING' });
      await expect(client.read()).rejects.toBe(first);
      await expect(client.read(5, Buffer.alloc(5))).rejects.toBe(first);
      await expect(client.write('x')).rejects.toBe(first);
      await closeAll(client, server);
    });

    test.each([true, false])('during the handshake it is SSLEOFError, suppress %s', async (suppressRaggedEofs) => {
      const [near, far] = await tcpPair();
      const { client } = await ends(tls, [near, far], { client: { suppressRaggedEofs } });
      far.destroySoon();
      await expect(client.doHandshake()).rejects.toBeInstanceOf(SSLEOFError);
      await expect(client.read()).rejects.toBeInstanceOf(SSLEOFError);
      await client.close();
    });

    test('a Duplex that is destroyed without an error counts as ended', async () => {
      const [near, far] = duplexPair();
      const { client } = await connected(tls, [near, far], ragged);
      far.destroy();
      await expect(client.read()).rejects.toBeInstanceOf(SSLEOFError);
      await client.close();
    });
  });

  describe('reset', () => {
    test('data that arrived before it is delivered, then ECONNRESET, not suppressed, which sticks', async () => {
      const [near, far] = await tcpPair();
      const { client, server } = await connected(tls, [near, far]);
      await server.write('before');
      while (client.pending() < 6) await turn();
      (far as net.Socket).resetAndDestroy();
      expect((await readExactly(client, 6)).toString()).toBe('before');
      const first = await client.read().catch((error: unknown) => error);
      expect(first).toMatchObject({ name: 'SocketError', code: 'ECONNRESET' });
      expect(first).not.toBeInstanceOf(SSLError);
      await expect(client.read()).rejects.toBe(first);
      await expect(client.write('x')).rejects.toBe(first);
      await closeAll(client, server);
    });

    test('during the handshake it is ECONNRESET', async () => {
      const [near, far] = await tcpPair();
      const { client } = await ends(tls, [near, far]);
      (far as net.Socket).resetAndDestroy();
      await expect(client.doHandshake()).rejects.toMatchObject({ code: 'ECONNRESET' });
      await client.close();
    });
  });

  describe('garbage', () => {
    test('behind good records: the good ones are read, then an SSLError that sticks; the peer gets one alert', async () => {
      const [near, far] = duplexPair();
      const { client, server } = await connected(tls, [near, far]);
      const seen: Buffer[] = [];
      far.on('data', (chunk: Buffer) => seen.push(chunk));
      await server.write('good');
      await sent();
      far.write(Buffer.from('17030300201234567890123456789012345678901234567890123456789012345678901234', 'hex'));
      expect((await readExactly(client, 4)).toString()).toBe('good');
      const first = await client.read().catch((error: unknown) => error);
      expect(first).toBeInstanceOf(SSLError);
      expect(first).not.toBeInstanceOf(SSLEOFError);
      expect(first).toMatchObject({ errno: 1, library: 'SSL' });
      await expect(client.read()).rejects.toBe(first);
      await expect(client.write('x')).rejects.toBe(first);
      await expect(client.unwrap()).rejects.toBe(first);
      await expect(server.read()).rejects.toMatchObject({ reason: expect.stringMatching(/ALERT_BAD_RECORD_MAC/) });
      await closeAll(client, server);
      // One alert, and no close_notify behind it.
      expect(recordsOf(Buffer.concat(seen)).records.length).toBe(1);
    });
  });

  describe('close()', () => {
    test('sends one close_notify, does not wait for the peer, and can be called again', async () => {
      const { client, server } = await connected(tls);
      await Promise.all([client.close(), client.close()]);
      await client.close();
      expect((await server.read()).length).toBe(0);
      expect(server.truncated).toBe(false);
      await server.close();
    });

    test('is bounded in time when the peer takes nothing', async () => {
      const [near, far] = await tcpPair();
      const { client, server } = await connected(tls, [near, far]);
      far.pause();
      const stuck = client.write(Buffer.alloc(64 << 20)).catch((error: unknown) => error);
      await client.close({ timeout: 50 });
      expect(await stuck).toBeInstanceOf(Error);
      expect(near.destroyed).toBe(true);
      await server.close();
    });

    test('refuses calls that wait, and later ones', async () => {
      const { client, server } = await connected(tls);
      const waiting = client.read().catch((error: unknown) => error);
      await client.close();
      expect(await waiting).toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
      await expect(client.read()).rejects.toThrow('Read on closed or unwrapped SSL socket.');
      await expect(client.write('x')).rejects.toThrow('Write on closed or unwrapped SSL socket.');
      await expect(client.recv(1)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(client.doHandshake()).rejects.toMatchObject({ code: 'ENOTCONN' });
      expect(() => client.getPeerCert()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
      for (const value of [client.cipher(), client.version(), client.session, client.sessionReused])
        expect(value).toBeNull();
      expect(client.pending()).toBe(0);
      await server.close();
    });

    test('`await using` closes', async () => {
      const { client, server } = await connected(tls);
      {
        await using scoped = client;
        await scoped.write('x');
      }
      expect((await readExactly(server, 5)).toString()).toBe('x');
      await server.close();
    });
  });
});
