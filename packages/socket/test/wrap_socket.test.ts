import net from 'node:net';
import { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED, Socket, SSLCertVerificationError, wrapSocket } from '@sslkit/socket';
import { files } from '@sslkit/testkit';
import { expect, test, vi } from 'vitest';
import { closeAll, listening, overChannels } from './support.ts';

// Once per process, so not once per channel.
test('wrapSocket(): an unverified client warns once per process, with a code', async () => {
  const heard: (string | undefined)[] = [];
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(((_message: string, options: { code?: string }) => {
    heard.push(options.code);
  }) as typeof process.emitWarning);
  const { caFile, combinedFile } = await files();
  wrapSocket(new Socket(), { caCerts: caFile, certReqs: CERT_REQUIRED });
  wrapSocket(await listening(), { certfile: combinedFile, serverSide: true }).close();
  expect(heard).toEqual([]);
  wrapSocket(new Socket());
  wrapSocket(new Socket());
  expect(heard).toEqual(['SSLKIT_UNVERIFIED']);
  emit.mockRestore();
});

overChannels('wrapSocket(), the seed’s function', () => {
  test('a client that is not connected starts TLS at connect(); a listening server wraps each accept()', async () => {
    const { caFile, certFile, keyFile } = await files();
    const server = wrapSocket(await listening(), { certfile: certFile, keyfile: keyFile, serverSide: true });
    const client = wrapSocket(new Socket(), { caCerts: caFile, certReqs: CERT_REQUIRED });
    expect(client.cipher()).toBeNull();
    expect(client).toBeInstanceOf(Socket);
    const [[served, address]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
    expect(address).toEqual(client.getSockName());
    expect(served.serverSide).toBe(true);
    expect(served.context).toBe(server.context);
    expect(client.context).not.toBe(server.context);
    expect(client.getPeerCert()).toMatchObject({ subject: [[['commonName', 'localhost']]] });
    expect(served.getPeerCert()).toBeNull();
    expect(client.cipher()).toEqual([expect.any(String), expect.stringMatching(/^TLS/), expect.any(Number)]);
    expect(await client.write('GET /')).toBe(5);
    expect((await served.read()).toString()).toBe('GET /');
    await closeAll(client, served, server);
  });

  test('the key may be in the certificate’s file; a server without certificate, a key without one are refused', async () => {
    const { combinedFile, keyFile } = await files();
    const server = wrapSocket(await listening(), { certfile: combinedFile, serverSide: true });
    await server.close();
    expect(() => wrapSocket(new Socket(), { serverSide: true })).toThrow('certfile must be specified for server-side');
    expect(() => wrapSocket(new Socket(), { keyfile: keyFile })).toThrow('certfile must be specified');
  });

  test('CERT_NONE shows nothing unverified, CERT_OPTIONAL verifies a server', async () => {
    const { caFile, otherCaFile, combinedFile } = await files();
    const server = wrapSocket(await listening(), { certfile: combinedFile, serverSide: true });
    const tryWith = async (options: Parameters<typeof wrapSocket>[1]): Promise<unknown> => {
      const client = wrapSocket(new Socket(), options);
      const accepting = server.accept().catch(() => null);
      try {
        await client.connect(server.getSockName());
        return client.getPeerCert();
      } catch (error) {
        return error;
      } finally {
        await client.close();
        await (await accepting)?.[0].close();
      }
    };
    expect(await tryWith({ certReqs: CERT_NONE })).toEqual({});
    expect(await tryWith({ certReqs: CERT_OPTIONAL, caCerts: caFile })).toHaveProperty('subject');
    expect(await tryWith({ certReqs: CERT_OPTIONAL, caCerts: otherCaFile })).toBeInstanceOf(SSLCertVerificationError);
    expect(await tryWith({ certReqs: CERT_REQUIRED })).toBeInstanceOf(SSLCertVerificationError);
    await server.close();
  });

  test('a bad client makes accept() reject, and the next one is served', async () => {
    const { caFile, combinedFile } = await files();
    const server = wrapSocket(await listening(), { certfile: combinedFile, serverSide: true });
    const [host, port] = server.getSockName() as [string, number];
    const rude = net.connect(port, host, () => rude.write('GET / HTTP/1.0\r\n\r\n'));
    rude.on('error', () => {});
    await expect(server.accept()).rejects.toMatchObject({ reason: 'HTTP_REQUEST' });
    const client = wrapSocket(new Socket(), { caCerts: caFile, certReqs: CERT_REQUIRED });
    const [[served]] = await Promise.all([server.accept(), client.connect([host, port])]);
    await served.write('welcome');
    expect((await client.read()).toString()).toBe('welcome');
    rude.destroy();
    await closeAll(client, served, server);
  });

  test('a cipher list is used', async () => {
    const { caFile, combinedFile } = await files();
    const server = wrapSocket(await listening(), { certfile: combinedFile, serverSide: true });
    server.context.maximumVersion = 0x303;
    const client = wrapSocket(new Socket(), {
      caCerts: caFile,
      certReqs: CERT_REQUIRED,
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256',
    });
    const [[served]] = await Promise.all([server.accept(), client.connect(server.getSockName())]);
    expect(client.cipher()).toEqual(['ECDHE-ECDSA-AES128-GCM-SHA256', 'TLSv1.2', 128]);
    await closeAll(client, served, server);
  });

  test('unknown and misspelt options are refused with a suggestion', () => {
    expect(() => wrapSocket(new Socket(), { cert_reqs: CERT_REQUIRED } as never)).toThrow('did you mean certReqs?');
    expect(() => wrapSocket({} as Socket)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }));
  });
});
