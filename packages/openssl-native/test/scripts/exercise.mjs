// A plain-node walk through the addon, for workers, sanitizers and other versions of Node.
// `--keep`: end with a handshake under way; `--exit`, `--throw`: end hard in it; `--forever`: never end.
import { generateKeyPairSync } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';
import { MemoryBio, objSn2nid, Ssl, SslCtx, Want, X509, X509Store } from '../../dist/index.js';

const mode = process.argv.at(-1);
const read = (name) => readFileSync(new URL(`../../../../internal/testkit/golden/${name}`, import.meta.url));
const golden = read('typical.pem');
const goldenKey = read('key.pem');

exercise();
const unfinished = pair(0x0304);
unfinished.client.doHandshake();
if (mode === '--exit') process.exit(0);
if (mode === '--throw') throw new Error('thrown on purpose');
if (mode === '--forever') forever();
globalThis.kept = unfinished;
if (isMainThread && mode === '--print') console.log(`${process.versions.openssl} ok`);

function exercise() {
  for (const version of [0x0303, 0x0304]) {
    converse(version);
    ask(version);
    refuse(version);
    algorithms(version);
  }
  decode();
  passwords();
}

function pair(version) {
  const [up, down] = [new MemoryBio(), new MemoryBio()];
  const client = new Ssl(context('TLS_client', version), false);
  const server = new Ssl(context('TLS_server', version), true);
  client.setBio(down, up);
  server.setBio(up, down);
  return { client, server, up, down };
}

function context(method, version) {
  const ctx = new SslCtx(method);
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
  ctx.setAlpn(Buffer.from('\x02h2'), false);
  if (method === 'TLS_server')
    ctx.useCertAndKey({ cert: golden, certEncoding: 'pem', key: goldenKey, keyEncoding: 'pem' });
  return ctx;
}

function converse(version) {
  const { client, server } = pair(version);
  for (let round = 0; round < 4; round++) {
    client.doHandshake();
    server.doHandshake();
  }
  check(client.isInitFinished() && server.isInitFinished(), 'handshake');
  check(client.getAlpnSelected() === 'h2', 'ALPN');
  const data = Buffer.alloc(300_000, 'data');
  client.write(data);
  check(server.readAvailable(400_000).equals(data), 'data');
  check(client.getPeerCertificate().toDict().version === 3, 'certificate');
  check(client.getPeerChain().length === 1, 'chain');
  client.exportKeyingMaterial(32, 'label', null);
  client.getSession().toDer();
  client.shutdown();
  server.shutdown();
}

/** The server asks about the ClientHello, and is answered with a context that nobody else holds; keys are logged. */
function ask(version) {
  const [up, down] = [new MemoryBio(), new MemoryBio()];
  const asking = context('TLS_server', version);
  asking.setClientHelloCb(true);
  const client = new Ssl(context('TLS_client', version), false);
  client.setTlsextHostName('localhost');
  const server = new Ssl(asking, true);
  client.setBio(down, up);
  server.setBio(up, down);
  client.doHandshake();
  check(server.doHandshake() === Want.CLIENT_HELLO_CB, 'question');
  check(server.clientHelloServername() === 'localhost', 'name');
  const other = context('TLS_server', version);
  const log = openSync('/dev/null', 'a');
  other.setKeylogFile(log);
  closeSync(log);
  server.answerClientHello(0, other, Buffer.alloc(32));
  for (let round = 0; round < 4; round++) {
    server.doHandshake();
    client.doHandshake();
  }
  check(client.isInitFinished() && server.isInitFinished(), 'answer');
}

function refuse(version) {
  const { client, server } = pair(version);
  const ctx = context('TLS_client', version);
  ctx.setVerify(1);
  ctx.setCertStore(new X509Store());
  const strict = new Ssl(ctx, false);
  const [up, down] = [new MemoryBio(), new MemoryBio()];
  strict.setBio(down, up);
  server.setBio(up, down);
  let failed = 0;
  for (let round = 0; round < 4; round++) {
    for (const side of [strict, server]) {
      try {
        side.doHandshake();
      } catch {
        failed++;
      }
    }
  }
  check(failed > 0 && strict.getPeerChain().length === 1, 'refusal');
  client.free();
}

/** Groups, Diffie-Hellman parameters and signature algorithms; a second context is changed while a connection has the first. */
function algorithms(version) {
  const [clientCtx, serverCtx] = [context('TLS_client', version), context('TLS_server', version)];
  serverCtx.setSecurityLevel(2);
  for (const group of serverCtx.getImplementedGroups(true)) serverCtx.setGroupsList(group);
  serverCtx.setGroups(objSn2nid('prime256v1'));
  clientCtx.setGroupsList('X25519:P-256');
  for (const name of ['plain-2048', 'x942-2048', 'ffdhe3072']) serverCtx.setTmpDh(read(`dh/${name}.pem`));
  const wrong = [
    () => serverCtx.setTmpDh(read('dh/plain-1024.pem')),
    () => serverCtx.setTmpDh(golden),
    () => serverCtx.setTmpDh(Buffer.from('-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n')),
    () => serverCtx.setGroupsList('foo'),
    () => serverCtx.setGroups(0),
    () => serverCtx.setSigalgsList('foo'),
  ];
  for (const call of wrong) check(throws(call), 'refused algorithms');
  serverCtx.setSigalgsList('rsa_pss_rsae_sha384:ed25519');
  clientCtx.setClientSigalgsList('ed25519');
  const [up, down] = [new MemoryBio(), new MemoryBio()];
  const [client, server] = [new Ssl(clientCtx, false), new Ssl(serverCtx, true)];
  client.setBio(down, up);
  server.setBio(up, down);
  serverCtx.setTmpDh(read('dh/ffdhe3072.pem'));
  serverCtx.setGroupsList('P-384');
  for (let round = 0; round < 4; round++) {
    client.doHandshake();
    server.doHandshake();
  }
  check(client.getGroup() === 'secp256r1' && server.getGroup() === 'secp256r1', 'group');
  check(client.getPeerSignatureName() === 'ed25519' && server.getSignatureName() === 'ed25519', 'signature');
  check(server.getPeerSignatureName() === null && server.getSharedGroup(-1) === 1, 'no signature');
}

function throws(call) {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

function decode() {
  for (const name of [
    'san-every-kind',
    'subject-string-types',
    'crl-dp-every-kind',
    'aia-every-kind',
    'san-dns-latin1',
    'subject-sequence',
  ]) {
    X509.fromPem(read(`${name}.pem`)).toDict();
  }
  const store = new X509Store();
  store.addPem(golden);
  check(store.clone().stats().x509 === 1, 'store');
}

function passwords() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' });
  const throwers = [
    () => 'wrong',
    () => {
      throw null;
    },
    () => {
      throw undefined;
    },
    () => 5,
    () => 'secret',
  ];
  for (const password of throwers) {
    let threw = false;
    try {
      new SslCtx('TLS').useCertAndKey({
        cert: golden,
        certEncoding: 'pem',
        key: Buffer.from(key),
        keyEncoding: 'pem',
        password,
      });
    } catch {
      threw = true;
    }
    check(threw, 'password');
  }
}

function forever() {
  parentPort?.postMessage('ready');
  for (;;) converse(0x0304);
}

function check(ok, what) {
  if (!ok) throw new Error(`failed: ${what}`);
}
