// Opens connections and drops them at random points, then looks for what stayed behind: descriptors, handles, memory.
// node --expose-gc drop_anywhere.mjs [connections] [seed]; exits with 1 when something leaked.
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { createDefaultContext, listen, PROTOCOL_TLS_SERVER, Socket, SSLContext } from '@sslkit/socket';
import { tlsCoreOf } from '@sslkit/socket/internal';
import { files } from '@sslkit/testkit';

const CONNECTIONS = Number(process.argv[2] ?? 10_000);
const SEED = Number(process.argv[3] ?? 1);
const PARALLEL = 40;
const MB = 2 ** 20;
/** What the process may grow by; a sanitizer keeps memory for itself. */
const ROOM_MB = process.env.SSLKIT_SANITIZED ? 100 : 24;

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
const serverContext = new SSLContext(PROTOCOL_TLS_SERVER);
serverContext.loadCertChain(combinedFile);
const clientContext = createDefaultContext(undefined, { cafile: caFile });
const listener = await listen(['127.0.0.1', 0], { context: serverContext });
const served = new Set();
const [, port] = listener.getSockName();
const serving = serveAll();

const ways = {
  close: (socket) => socket.close(),
  closeNow: (socket) => socket.close({ timeout: 0 }),
  destroy: (socket) => tlsCoreOf(socket).channel?.destroy(new Error('dropped')),
  unwrap: async (socket) => {
    const plain = await socket.unwrap({ timeout: 50 });
    if (plain instanceof Socket) await plain.close();
    else plain.destroy();
  },
  closeWrite: async (socket) => {
    await socket.closeWrite({ timeout: 50 });
    await socket.close();
  },
};

const before = await settled();
for (let round = 0; round < 2; round += 1) await run(CONNECTIONS / 20);
const warm = await settled();
await run(CONNECTIONS);
const after = await settled();
console.log(JSON.stringify({ connections: CONNECTIONS, seed: SEED, before, warm, after }));
await listener.close();
await serving;
const leaked =
  after.descriptors > warm.descriptors || after.handles > warm.handles || after.rssMb > warm.rssMb + ROOM_MB;
process.exit(leaked ? 1 : 0);

async function run(count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await one().catch(ignore);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

async function one() {
  const kind = random();
  const raw = kind < 0.2 ? net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }) : null;
  if (raw && kind < 0.05) return garbage(raw);
  raw?.on('error', ignore);
  if (raw) await new Promise((resolve) => raw.once('connect', resolve).once('close', resolve));
  const socket = clientContext.wrapSocket(raw ?? new Socket(), {
    serverHostname: 'localhost',
    doHandshakeOnConnect: false,
  });
  const way = ways[pick(Object.keys(ways))];
  const steps = [
    () => (raw ? null : socket.connect(['127.0.0.1', port])),
    () => socket.doHandshake(),
    () => socket.write(Buffer.alloc(Math.floor(random() * 100_000))),
    () => socket.read(4096),
    () => socket.write('x'.repeat(1000)),
    () => socket.read(100, Buffer.alloc(100)),
  ];
  const last = Math.floor(random() * (steps.length + 1));
  try {
    for (const step of steps.slice(0, last)) await step();
    const unawaited = random() < 0.5 && steps[last];
    if (unawaited) Promise.resolve(unawaited()).catch(ignore);
    if (random() < 0.3) await turn();
    if (random() < 0.02) globalThis.gc?.();
    if (raw && random() < 0.3) raw.destroy();
    await way(socket);
  } finally {
    await socket.close({ timeout: 20 });
    raw?.destroy();
  }
}

/** A client that is no TLS client, or stops in the middle of its hello. */
async function garbage(raw) {
  raw.on('error', ignore);
  raw.write(random() < 0.5 ? 'GET / HTTP/1.0\r\n\r\n' : Buffer.from('160301020001000', 'hex'));
  if (random() < 0.5) await turn();
  raw.destroy();
}

async function serveAll() {
  for await (const socket of listener)
    serve(socket)
      .catch(ignore)
      .finally(() => served.delete(socket));
}

async function serve(socket) {
  served.add(socket);
  try {
    for (;;) {
      const data = await socket.read(65_536);
      if (data.length === 0 || random() < 0.1) break;
      await socket.write(data);
    }
    await ways[pick(Object.keys(ways))](socket);
  } finally {
    await socket.close({ timeout: 20 });
  }
}

/** After everything that is on its way has come to rest. */
async function settled() {
  for (let waits = 0; served.size > 0 && waits < 200; waits += 1) await sleep(10);
  for (let round = 0; round < 5; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    handles: process.getActiveResourcesInfo().filter((name) => name !== 'Immediate' && name !== 'Timeout').length,
    served: served.size,
    rssMb: Math.round(process.memoryUsage().rss / MB),
  };
}
