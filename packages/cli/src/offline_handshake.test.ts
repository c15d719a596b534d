import { CERT_NONE, createDefaultContext, Purpose, SSLCertVerificationError, SSLError } from '@sslkit/context';
import { type Scene, scene } from '@sslkit/testkit';
import { beforeAll, expect, test } from 'vitest';
import { verifyOffline } from './offline_handshake.ts';

let cast: Scene;
beforeAll(async () => {
  cast = await scene();
});

const trusting = (cadata: string) => createDefaultContext(Purpose.SERVER_AUTH, { cadata });

test('what is right passes, what is wrong throws what a session would', async () => {
  const der = cast.server.certDer;
  await expect(verifyOffline([der], trusting(cast.ca.certPem), 'localhost')).resolves.toBeUndefined();
  const stranger = verifyOffline([der], trusting(cast.otherCa.certPem), 'localhost');
  await expect(stranger).rejects.toThrow(SSLCertVerificationError);
  const nameless = verifyOffline([der], trusting(cast.ca.certPem), 'other.example');
  await expect(nameless).rejects.toMatchObject({ verifyCode: 62 });
});

test('a context that does not verify is refused: everything would pass', async () => {
  const context = trusting(cast.otherCa.certPem);
  context.checkHostname = false;
  context.verifyMode = CERT_NONE;
  await expect(verifyOffline([cast.server.certDer], context, null)).rejects.toThrow(TypeError);
});

test.each<[name: string, ders: () => Uint8Array[]]>([
  ['no certificate', () => []],
  ['what is no certificate', () => [Buffer.from([0x30, 0])]],
  ['a certificate and something else', () => [cast.server.certDer, Buffer.from('x')]],
  ['more than OpenSSL takes from a server', () => Array.from({ length: 300 }, () => cast.server.certDer)],
])('%s does not pass', async (_, ders) => {
  await expect(verifyOffline(ders(), trusting(cast.ca.certPem), null)).rejects.toThrow(SSLError);
});
