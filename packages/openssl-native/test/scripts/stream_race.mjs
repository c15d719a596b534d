// Gives a race detector something to see: handshakes on pool threads, from both ends and with certificates from both,
// while this thread changes the contexts they share, reads what it may read, and drops connections on the way.
// node stream_race.mjs [connections] [seed]; ends with 0 when all of them came to an end. It judges nothing else: see
// scripts/tsan.mjs.
import { openSync, readFileSync } from 'node:fs';
import { dhFile, scene, temporaryDirectory } from '@sslkit/testkit';
import {
  handshakeThreads,
  Ssl,
  SslCtx,
  STREAM_ERROR,
  StreamEvent,
  TlsListener,
  TlsStream,
  Want,
  X509Store,
} from '../../dist/index.js';

const CONNECTIONS = Number(process.argv[2] ?? 400);
const LANES = 16;
const TLS = [0x0303, 0x0304];
/** SSL_VERIFY_PEER; SSL_SESS_CACHE_SERVER. */
const [VERIFY_PEER, CACHE_SERVER] = [1, 2];

/** xorshift: where to drop and what to change; the same for the same seed, as far as threads allow. */
let state = Number(process.argv[3] ?? 1) | 1;
function random(below) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const { ca, server, serverRsa, client } = await scene();
const caPem = Buffer.from(ca.certPem);
const dhPem = readFileSync(dhFile('plain-2048'));
const [serverPair, rsaPair, clientPair] = [server, serverRsa, client].map(pairOf);
const emptyDirectory = temporaryDirectory('race');
const names = Buffer.from('\x02h2\x08http/1.1');

function pairOf({ certPem, keyPem }) {
  return { cert: Buffer.from(certPem), certEncoding: 'pem', key: Buffer.from(keyPem), keyEncoding: 'pem' };
}

function storeOf() {
  const store = new X509Store();
  store.addPem(caPem);
  return store;
}

function contextOf(method, version, pairs) {
  const ctx = new SslCtx(method);
  for (const pair of pairs) ctx.useCertAndKey(pair);
  ctx.setCertStore(storeOf());
  ctx.setVerify(VERIFY_PEER);
  ctx.setAlpn(names, false);
  ctx.setMinProtoVersion(version);
  ctx.setMaxProtoVersion(version);
  ctx.setSessionIdContext(Buffer.from('race'));
  return ctx;
}

const ends = TLS.map((version) => {
  // The last trusts nobody, and so looks into its folders.
  const stores = [storeOf(), storeOf(), storeOf(), new X509Store()];
  const serverCtx = contextOf('TLS_server', version, [serverPair, rsaPair]);
  // What a server may be switched to when it is asked about a ClientHello.
  const otherCtx = contextOf('TLS_server', version, [rsaPair, serverPair]);
  const clientCtx = contextOf('TLS_client', version, [clientPair]);
  serverCtx.setClientHelloCb(true);
  return { stores, serverCtx, otherCtx, clientCtx, session: null };
});
const nothing = Buffer.alloc(0);
const keyLog = openSync('/dev/null', 'a');

/** What a program may do to a context at any time. */
const changes = [
  (ctx) => ctx.setCipherList('DEFAULT'),
  (ctx) => ctx.setCiphersuites('TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384'),
  (ctx) => ctx.getCiphers(),
  (ctx) => ctx.setGroupsList('X25519:P-256'),
  (ctx) => ctx.setSigalgsList('ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256'),
  (ctx) => ctx.setClientSigalgsList('ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256'),
  (ctx) => ctx.setTmpDh(dhPem),
  (ctx) => ctx.getImplementedGroups(true),
  (ctx, { clientCtx }) => ctx.useCertAndKey(ctx === clientCtx ? clientPair : rsaPair),
  (ctx) => ctx.setKeylogFile(random(2) === 0 ? keyLog : null),
  (_ctx, { serverCtx }) => serverCtx.setClientHelloCb(random(4) > 0),
  // Rarely: what asks JavaScript stays away from the threads.
  (_ctx, { serverCtx }) => serverCtx.setPskServerCallback(random(8) === 0 ? () => nothing : null, 'hint'),
  (ctx) => ctx.setMsgCallback(random(4) === 0),
  (ctx) => ctx.setClientCaList([caPem]),
  (ctx) => ctx.setAlpn(names, false),
  (ctx) => ctx.setVerify(VERIFY_PEER),
  (ctx) => ctx.setVerifyFlags(ctx.getVerifyFlags()),
  (ctx) => ctx.setVerifyDepth(9),
  (ctx) => ctx.setVerifyTime(null),
  (ctx) => ctx.setHostflags(ctx.getHostflags()),
  (ctx) => ctx.setSecurityLevel(ctx.getSecurityLevel()),
  (ctx) => ctx.setOptions(ctx.getOptions()),
  (ctx) => ctx.setMode(ctx.getMode()),
  (ctx) => ctx.setMinProtoVersion(ctx.getMinProtoVersion()),
  (ctx) => ctx.setNumTickets(ctx.getNumTickets()),
  (ctx) => ctx.setSessionIdContext(Buffer.from('race')),
  (ctx) => ctx.setSessionCacheMode(CACHE_SERVER),
  (ctx) => ctx.sessionStats(),
  (ctx, { stores }) => ctx.setCertStore(stores[random(10) < 9 ? random(3) : 3]),
  (_ctx, { stores }) => stores[random(3)].addPem(caPem),
  (_ctx, { stores }) => stores[random(4)].caCerts(),
  (_ctx, { stores }) => stores[random(4)].stats(),
  (_ctx, { stores }) => stores[random(4)].addDir(`${emptyDirectory}/${random(1000)}`),
  (_ctx, { stores }) => stores[random(4)].clone(),
];

const listener = new TlsListener();
listener.owner = { onStreamEvent: (event) => event === StreamEvent.CONNECTION && serve() };
listener.listenTcp('127.0.0.1', 0, 100, false);
const port = listener.getsockname()[1];
const expected = [];
const counts = { complete: 0, resumed: 0, switched: 0, failed: 0, dropped: 0, seenBusy: 0 };
const streams = new Set();
let started = 0;
for (let lane = 0; lane < LANES; lane += 1) begin();

function begin() {
  if (started >= CONNECTIONS) return;
  const end = ends[started % ends.length];
  started += 1;
  const ssl = new Ssl(end.clientCtx, false);
  if (end.session && random(3) === 0) ssl.setSession(end.session);
  expected.push(end);
  const stream = drive(ssl, () => {
    if (ssl.sessionReused()) counts.resumed += 1;
    end.session = ssl.getSession();
  });
  stream.connectTcp('127.0.0.1', port);
}

/** Connections arrive in the order in which they were begun. */
function serve() {
  const stream = new TlsStream();
  if (listener.accept(stream) < 0) return;
  const end = expected.shift();
  const ssl = new Ssl(end.serverCtx, true);
  const answer = () => {
    const other = random(2) === 0 ? null : end.otherCtx;
    if (other) counts.switched += 1;
    ssl.answerClientHello(0, other, Buffer.from('other'));
  };
  drive(ssl, () => {}, stream, answer).owner.onStreamEvent(StreamEvent.HANDSHAKE);
}

function drive(ssl, complete, stream = new TlsStream(), answer = null) {
  const client = stream.fileno() < 0;
  const memory = Buffer.alloc(100);
  streams.add(stream);
  stream.attach(ssl);
  const look = () => {
    let result = stream.handshake(true);
    if (result === Want.CLIENT_HELLO_CB) {
      answer();
      result = stream.handshake(true);
    }
    for (const other of streams) if (other.busy()) counts.seenBusy += 1;
    for (let many = random(4); many > 0; many -= 1) change();
    if (result <= STREAM_ERROR || random(40) === 0) {
      counts.dropped += 1;
      return stream.close();
    }
    if (result !== 1 || !complete) return;
    complete();
    complete = null;
    counts.complete += 1;
    stream.write(Buffer.from('word'), 0, 4);
    listen();
  };
  // Our word was read, or the peer is gone.
  const listen = () => {
    if (stream.read(memory, 0, memory.length) !== -2) stream.close();
  };
  stream.owner = {
    onStreamEvent(event) {
      if (event === StreamEvent.CLOSE) return closed(stream, client);
      try {
        if (event === StreamEvent.CONNECT || event === StreamEvent.HANDSHAKE) look();
        if (event === StreamEvent.READABLE) listen();
      } catch {
        counts.failed += 1;
        stream.close();
      }
    },
  };
  return stream;
}

function closed(stream, client) {
  streams.delete(stream);
  if (random(2) === 0) stream.free();
  if (client) begin();
  if (streams.size > 0 || started < CONNECTIONS) return;
  listener.close();
  console.log(JSON.stringify({ threads: handshakeThreads(), connections: started, ...counts }));
}

function change() {
  const end = ends[random(ends.length)];
  const ctx = [end.serverCtx, end.otherCtx, end.clientCtx][random(3)];
  changes[random(changes.length)](ctx, end);
}
