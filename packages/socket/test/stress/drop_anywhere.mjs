// Opens connections and drops them at random points, then looks for what stayed behind: descriptors, handles, listeners,
// memory. node --expose-gc drop_anywhere.mjs [connections] [seed]; prints the seed first; exits with 1 when something leaked.
import { getEventListeners, setMaxListeners } from 'node:events';
import net from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { connect, createDefaultContext, listen, PROTOCOL_TLS_SERVER, Socket, SSLContext } from '@sslkit/socket';
import { tlsCoreOf } from '@sslkit/socket/internal';
import { files, openDescriptors } from '@sslkit/testkit';

const CONNECTIONS = Number(process.argv[2] ?? 10_000);
const SEED = Number(process.argv[3] ?? 1);
const PARALLEL = 40;
const HOST = '127.0.0.1';
const MB = 2 ** 20;
/** What the process may grow by; a sanitizer keeps memory for itself. */
const ROOM_MB = process.env.SSLKIT_SANITIZED ? 100 : 24;
/** The JavaScript heap after collection knows no fragments: 400 bytes of each of 10,000 connections show. */
const HEAP_ROOM_MB = 4;

console.log(JSON.stringify({ connections: CONNECTIONS, seed: SEED }));

/** mulberry32: small, seeded, good enough to pick points. */
let state = SEED;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];
const ignore = () => {};

const { caFile, combinedFile } = await files();
const clientContext = createDefaultContext(undefined, { cafile: caFile });
/** Nobody aborts it; whoever has waited with it must have let go of it. */
const { signal: lasting } = new AbortController();
setMaxListeners(0, lasting);
const served = new Set();

/** Sockets of the package's own; handshakes on threads. */
const listener = await listen([HOST, 0], { context: serverContext() });
const serving = acceptAll(listener);
/** Sockets of net.Server that are handed over; every handshake is suspended for a while, some for good. */
const asking = serverContext();
asking.sniCallback = askSlowly;
const server = net.createServer({ allowHalfOpen: random() < 0.5 }, (raw) => {
  raw.on('error', ignore);
  serve(asking.wrapSocket(raw, { serverSide: true }), raw).catch(ignore);
});
await new Promise((resolve) => server.listen(0, HOST, resolve));
const ports = [listener.getSockName()[1], server.address().port];

/** Ways to drop a connection. `raw` is the net.Socket below it, where there is one. */
const WAYS = {
  close: (socket) => socket.close(),
  closeNow: (socket) => socket.close({ timeout: 0 }),
  closeAborted: (socket) => socket.close({ signal: AbortSignal.abort() }),
  destroy: (socket) => tlsCoreOf(socket).channel?.destroy(new Error('dropped')),
  unwrap: async (socket) => destroyPlain(await socket.unwrap({ timeout: 50, signal: lasting })),
  detach: (socket) => socket.detach()?.on('error', ignore).destroy(),
  closeWrite: async (socket) => {
    await socket.closeWrite({ timeout: 50, signal: lasting });
    await socket.close();
  },
  destroyStream: (socket) => destroyStream(socket.toDuplex().destroy()),
  failStream: (socket) => destroyStream(socket.toDuplex().destroy(new Error('dropped'))),
  resetStream: (socket) => destroyStream(socket.toDuplex().resetAndDestroy()),
  abort: (socket) => aborted(socket, pick(WAITS)),
  rawDestroy: (_, raw) => raw.destroy(),
  /** One that has ended or not begun is lost to Node when it is reset (uv_tcp_close_reset refuses, the handle stays). */
  rawReset: (_, raw) => (raw.connecting || raw.writableEnded ? raw.destroy() : raw.resetAndDestroy()),
  rawEnd: (_, raw) => raw.end(),
};
const WAITS = [
  (socket, options) => socket.doHandshake(options),
  (socket, options) => socket.read(100, null, options),
  (socket, options) => socket.read(100, Buffer.alloc(100), options),
  (socket, options) => socket.write(Buffer.alloc(300_000), options),
  (socket, options) => socket.closeWrite(options),
  (socket, options) => socket.unwrap(options).then(destroyPlain),
];

/** Where a client's connection comes from; each gives an SSLSocket and the net.Socket below it, or null. */
const ORIGINS = {
  own: (port) => ({ socket: wrapped(new Socket()), open: (socket) => socket.connect([HOST, port]) }),
  unconnected(port) {
    const raw = new net.Socket({ allowHalfOpen: true });
    return { raw, socket: wrapped(raw), open: (socket) => socket.connect([HOST, port]) };
  },
  connecting(port) {
    const raw = net.connect({ port, host: HOST });
    return { raw, socket: wrapped(raw) };
  },
  async connected(port) {
    const raw = net.connect({ port, host: HOST, allowHalfOpen: true }).on('error', ignore);
    await new Promise((resolve) => raw.once('connect', resolve).once('close', resolve));
    return { raw, socket: wrapped(raw) };
  },
};

const before = await settled();
for (let round = 0; round < 2; round += 1) await run(CONNECTIONS / 20);
const warm = await settled();
await run(CONNECTIONS);
const after = await settled();
console.log(JSON.stringify({ before, warm, after }));
await listener.close();
server.close();
await serving;
process.exit(leaked() ? 1 : 0);

function leaked() {
  const grew = ['descriptors', 'handles', 'served', 'listeners'].some((what) => after[what] > warm[what]);
  return grew || after.rssMb > warm.rssMb + ROOM_MB || after.heapMb > warm.heapMb + HEAP_ROOM_MB;
}

async function run(count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await one(pick(ports)).catch(ignore);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

async function one(port) {
  const kind = random();
  if (kind < 0.04) return garbage(net.connect({ port, host: HOST }));
  if (kind < 0.2) return hurried(port);
  const { socket, raw = null, open = ignore } = await ORIGINS[kind < 0.6 ? 'own' : pick(Object.keys(ORIGINS))](port);
  raw?.on('error', ignore);
  const steps = [
    () => open(socket),
    () => socket.doHandshake(),
    () => socket.write(Buffer.alloc(Math.floor(random() * 100_000))),
    () => socket.read(4096, null, { signal: lasting }),
    () => socket.write('x'.repeat(1000), { signal: lasting }),
    () => socket.read(100, Buffer.alloc(100), { timeout: 30_000 }),
  ];
  const last = Math.floor(random() * (steps.length + 1));
  try {
    for (const step of steps.slice(0, last)) await step();
    if (random() < 0.5 && steps[last]) Promise.resolve(steps[last]()).catch(ignore);
    await somewhere(socket);
    await drop(socket, raw);
  } finally {
    await socket.close({ timeout: 20 });
  }
}

/** connect(), which is aborted or runs out of time at any point of it. */
async function hurried(port) {
  const controller = new AbortController();
  const limits = random() < 0.3 ? { timeout: Math.floor(random() * 20) } : { signal: controller.signal };
  const connecting = connect([HOST, port], { context: clientContext, serverHostname: 'localhost', ...limits });
  const dropping = async (socket) => drop(socket, null).finally(() => socket.close({ timeout: 20 }));
  const done = connecting.then(dropping).catch(ignore);
  for (let turns = Math.floor(random() * 12); turns > 0; turns -= 1) await turn();
  controller.abort();
  await done;
}

/** A client that is no TLS client, or stops in the middle of its hello. */
async function garbage(raw) {
  raw.on('error', ignore);
  raw.write(random() < 0.5 ? 'GET / HTTP/1.0\r\n\r\n' : Buffer.from('160301020001000', 'hex'));
  if (random() < 0.5) await turn();
  raw.destroy();
}

function wrapped(below) {
  return clientContext.wrapSocket(below, { serverHostname: 'localhost', doHandshakeOnConnect: false });
}

function serverContext() {
  const context = new SSLContext(PROTOCOL_TLS_SERVER);
  context.loadCertChain(combinedFile);
  return context;
}

async function askSlowly() {
  for (let turns = Math.floor(random() * 6); turns > 0; turns -= 1) await turn();
  if (random() < 0.1) await new Promise(ignore);
}

/** Comes to the point at which to drop it: at once, later, or while a thread has its handshake. */
async function somewhere(socket) {
  if (random() < 0.02) globalThis.gc();
  const until = random();
  if (until < 0.3) await turn();
  const { channel } = tlsCoreOf(socket);
  for (let turns = 0; until > 0.8 && turns < 20 && channel?.busy === false && socket.version() === null; turns += 1) {
    await turn();
  }
}

async function drop(socket, raw) {
  const ways = Object.keys(WAYS).filter((way) => raw !== null || !way.startsWith('raw'));
  await WAYS[pick(ways)](socket, raw);
}

async function aborted(socket, wait) {
  const controller = new AbortController();
  const waiting = wait(socket, { signal: controller.signal }).catch(ignore);
  if (random() < 0.5) await turn();
  controller.abort();
  await waiting;
}

async function destroyPlain(plain) {
  if (plain instanceof Socket) await plain.close();
  else plain.on('error', ignore).destroy();
}

function destroyStream(stream) {
  stream.on('error', ignore);
  return new Promise((resolve) => (stream.closed ? resolve() : stream.once('close', resolve)));
}

async function acceptAll(incoming) {
  for await (const socket of incoming) serve(socket, null).catch(ignore);
}

async function serve(socket, raw) {
  served.add(socket);
  try {
    if (random() < 0.2) {
      await somewhere(socket);
      return await drop(socket, raw);
    }
    for (;;) {
      const data = await socket.read(65_536, null, { signal: lasting, timeout: 500 });
      if (data.length === 0 || random() < 0.1) break;
      await socket.write(data);
    }
    await drop(socket, raw);
  } finally {
    await socket.close({ timeout: 20 });
    served.delete(socket);
  }
}

/** After everything that is on its way has come to rest. */
async function settled() {
  for (let waits = 0; served.size > 0 && waits < 200; waits += 1) await sleep(10);
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc();
    await sleep(20);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return {
    descriptors: openDescriptors(),
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Immediate' && name !== 'Timeout').length,
    listeners: getEventListeners(lasting, 'abort').length,
    served: served.size,
    rssMb: Math.round(rss / MB),
    heapMb: Math.round((heapUsed / MB) * 10) / 10,
  };
}
