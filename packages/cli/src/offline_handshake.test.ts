import {
  CERT_NONE,
  CERT_OPTIONAL,
  CERT_REQUIRED,
  createDefaultContext,
  Purpose,
  SSLCertVerificationError,
  type SSLContext,
  SSLError,
} from '@sslkit/context';
import { type Scene, scene } from '@sslkit/testkit';
import { beforeAll, expect, test } from 'vitest';
import { verifyClientOffline, verifyServerOffline } from './offline_handshake.ts';

let cast: Scene;
beforeAll(async () => {
  cast = await scene();
});

const trusting = (cadata: string) => createDefaultContext(Purpose.SERVER_AUTH, { cadata });

function asking(cadata: string): SSLContext {
  const context = createDefaultContext(Purpose.CLIENT_AUTH, { cadata });
  context.verifyMode = CERT_REQUIRED;
  return context;
}

test('what is right passes, what is wrong throws what a session would', async () => {
  const der = cast.server.certDer;
  await expect(verifyServerOffline([der], trusting(cast.ca.certPem), 'localhost')).resolves.toBeUndefined();
  const stranger = verifyServerOffline([der], trusting(cast.otherCa.certPem), 'localhost');
  await expect(stranger).rejects.toThrow(SSLCertVerificationError);
  const nameless = verifyServerOffline([der], trusting(cast.ca.certPem), 'other.example');
  await expect(nameless).rejects.toMatchObject({ verifyCode: 62 });
});

test('a context that does not verify is refused: everything would pass', async () => {
  const context = trusting(cast.otherCa.certPem);
  context.checkHostname = false;
  context.verifyMode = CERT_NONE;
  await expect(verifyServerOffline([cast.server.certDer], context, null)).rejects.toThrow(TypeError);
  const optional = createDefaultContext(Purpose.CLIENT_AUTH, { cadata: cast.otherCa.certPem });
  optional.verifyMode = CERT_OPTIONAL;
  await expect(verifyClientOffline([cast.client.certDer], optional)).rejects.toThrow(TypeError);
});

test('a client’s is verified as by a server: the authority, the purpose, the dates', async () => {
  const verify = (der: Uint8Array, authority: string) => verifyClientOffline([der], asking(authority));
  await expect(verify(cast.client.certDer, cast.ca.certPem)).resolves.toBeUndefined();
  await expect(verify(cast.client.certDer, cast.otherCa.certPem)).rejects.toMatchObject({ verifyCode: 20 });
  await expect(verify(cast.server.certDer, cast.ca.certPem)).rejects.toMatchObject({ verifyCode: 26 });
  const later = asking(cast.ca.certPem);
  later.verifyTime = new Date('2099-01-01');
  await expect(verifyClientOffline([cast.client.certDer], later)).rejects.toMatchObject({ verifyCode: 10 });
});

test.each<[name: string, ders: () => Uint8Array[]]>([
  ['no certificate', () => []],
  ['what is no certificate', () => [Buffer.from([0x30, 0])]],
  ['a certificate and something else', () => [cast.server.certDer, Buffer.from('x')]],
  ['more than OpenSSL takes from a server', () => Array.from({ length: 300 }, () => cast.server.certDer)],
])('%s does not pass', async (_, ders) => {
  await expect(verifyServerOffline(ders(), trusting(cast.ca.certPem), null)).rejects.toThrow(SSLError);
  await expect(verifyClientOffline(ders(), asking(cast.ca.certPem))).rejects.toThrow(SSLError);
});
