import net from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Socket, SSLEOFError, SSLError } from '@sslkit/socket';
import { duplexPair, readExactly as readPlain, tcpPair } from '@sslkit/testkit';
import { describe, expect, test } from 'vitest';
import { closeAll, connected, ends, overVersions, readExactly } from './support.ts';

const REASON = { afterClose: 'APPLICATION_DATA_AFTER_CLOSE_NOTIFY', inInit: 'SHUTDOWN_WHILE_IN_INIT' };

overVersions('unwrap', (tls) => {
  test('both sides get the kind that they wrapped, ready for plain text', async () => {
    const [near, far] = await tcpPair();
    const plain = new Socket(far);
    const { client, server } = await connected(tls, [near, plain as unknown as Duplex]);
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    expect(left).toBe(near);
    expect(right).toBe(plain);
    near.write('plain up');
    expect((await plain.recv(100)).toString()).toBe('plain up');
    await plain.sendAll('plain down');
    expect((await readPlain(near, 10)).toString()).toBe('plain down');
    near.destroy();
    await plain.close();
  });

  test('a Duplex that is no socket comes back as itself, and flows with a data listener', async () => {
    const [near, far] = duplexPair();
    const { client, server } = await connected(tls, [near, far]);
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    expect(left).toBe(near);
    expect(left).toBeInstanceOf(Duplex);
    const heard = new Promise<Buffer>((resolve) => (right as Duplex).once('data', resolve));
    near.write('to a listener');
    expect((await heard).toString()).toBe('to a listener');
    near.destroy();
    far.destroy();
  });

  test('bytes right behind close_notify reach the returned socket, also when the transport has ended', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    const unwrapping = client.unwrap();
    expect((await server.read()).length).toBe(0);
    const raw = (await server.unwrap()) as net.Socket;
    // In one piece with the answering close_notify, and the end right behind.
    raw.end('in clear');
    const back = (await unwrapping) as net.Socket;
    expect(back).toBe(near);
    expect((await readPlain(back, 100)).toString()).toBe('in clear');
    near.destroy();
  });

  test('close_notify, plain bytes and the end in one segment are all read, in any order of calls', async () => {
    const [near, far] = duplexPair();
    const { client, server } = await connected(tls, [near, far]);
    far.cork();
    const serverDone = server.closeWrite();
    await serverDone;
    far.write('behind');
    far.end();
    far.uncork();
    expect((await client.read()).length).toBe(0);
    await turn();
    const back = (await client.unwrap()) as Duplex;
    expect((await readPlain(back, 100)).toString()).toBe('behind');
    near.destroy();
    far.destroy();
  });

  test('unread data refuses it and is not lost; after reading it works', async () => {
    const { client, server } = await connected(tls);
    await server.write('unread');
    while (client.pending() === 0) await turn();
    const refused = await client.unwrap().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SSLError);
    expect(refused).toMatchObject({ reason: REASON.afterClose, hint: expect.stringContaining('read()') });
    expect((await client.read()).toString()).toBe('unread');
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    expect(left).toBeInstanceOf(net.Socket);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  test('data in flight refuses it too, stays readable, and a second call completes', async () => {
    const { client, server } = await connected(tls);
    const unwrapping = client.unwrap();
    await server.write('late');
    await expect(unwrapping).rejects.toMatchObject({ reason: REASON.afterClose });
    expect((await client.read()).toString()).toBe('late');
    await expect(client.write('x')).rejects.toMatchObject({ reason: 'PROTOCOL_IS_SHUTDOWN' });
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  test('during the handshake it is refused and the handshake goes on', async () => {
    const { client, server } = await ends(tls);
    await expect(client.unwrap()).rejects.toMatchObject({ reason: REASON.inInit });
    await client.write('still fine');
    expect((await server.read()).toString()).toBe('still fine');
    await closeAll(client, server);
  });

  test('one-sided: a peer that only ends the transport is an SSLEOFError', async () => {
    const [near, far] = await tcpPair();
    const { client, server } = await connected(tls, [near, far]);
    const unwrapping = client.unwrap();
    far.destroySoon();
    await expect(unwrapping).rejects.toBeInstanceOf(SSLEOFError);
    await closeAll(client, server);
  });

  test('one-sided: a peer that reads the end can go on sending until it unwraps too', async () => {
    const { client, server } = await connected(tls);
    await client.closeWrite();
    expect((await server.read()).length).toBe(0);
    await server.write('still here');
    expect((await readExactly(client, 10)).toString()).toBe('still here');
    const [left, right] = await Promise.all([client.unwrap(), server.unwrap()]);
    (left as net.Socket).destroy();
    (right as net.Socket).destroy();
  });

  describe('afterwards', () => {
    test('the SSLSocket is closed for everything, and leaks no plain text', async () => {
      const [near, far] = await tcpPair();
      const { client, server } = await connected(tls, [near, far]);
      await Promise.all([client.unwrap(), server.unwrap()]);
      far.write('not for the old object');
      await expect(client.read()).rejects.toThrow('Read on closed or unwrapped SSL socket.');
      await expect(client.write('x')).rejects.toThrow('Write on closed or unwrapped SSL socket.');
      await expect(client.recv(10)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(client.unwrap()).rejects.toThrow('No SSL wrapper around');
      expect(client.version()).toBeNull();
      expect((await readPlain(near, 22)).toString()).toBe('not for the old object');
      near.destroy();
      far.destroy();
    });
  });
});
