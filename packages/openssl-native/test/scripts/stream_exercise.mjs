// Connects native streams to each other without end, some with their handshake on pool threads, and leaves in the middle.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';
import { Ssl, SslCtx, STREAM_ERROR, StreamEvent, TlsListener, TlsStream, X509Store } from '../../dist/index.js';

const mode = process.argv.at(-1);
const read = (name) => readFileSync(new URL(`../../../../internal/testkit/golden/${name}`, import.meta.url));
const serverCtx = new SslCtx('TLS_server');
serverCtx.useCertAndKey({ cert: read('typical.pem'), certEncoding: 'pem', key: read('key.pem'), keyEncoding: 'pem' });
const clientCtx = new SslCtx('TLS_client');
const store = new X509Store();
store.addPem(read('typical.pem'));
clientCtx.setCertStore(store);

let done = 0;
const listener = new TlsListener();
listener.owner = { onStreamEvent: (event) => event === StreamEvent.CONNECTION && serve() };
listener.listenTcp('127.0.0.1', 0, 100, false);
const port = listener.getsockname()[1];

if (mode === '--client') client(Number(process.argv.at(-2)));
else if (mode === '--last-words')
  fork(import.meta.filename ?? new URL(import.meta.url).pathname, [String(port), '--client']);
else for (let lane = 0; lane < 8; lane += 1) connect(port, () => {});

function serve() {
  const stream = new TlsStream();
  listener.accept(stream);
  stream.attach(new Ssl(serverCtx, true));
  const memory = Buffer.alloc(1000);
  stream.owner = {
    onStreamEvent(event) {
      if (event === StreamEvent.HANDSHAKE && stream.handshake(true) === 1) look();
      if (event === StreamEvent.READABLE) look();
    },
  };
  const look = () => {
    if (mode !== '--last-words') return;
    if (!heard(stream, memory)) {
      listener.close();
      stream.close();
    }
  };
  stream.handshake(true);
}

/** False when the client is gone: it ends without close_notify, or with a reset when our tickets were not read. */
function heard(stream, memory) {
  try {
    const count = stream.read(memory, 0, memory.length);
    if (count > 0) process.stdout.write(memory.subarray(0, count));
    return count > STREAM_ERROR;
  } catch {
    return false;
  }
}

function connect(to, then) {
  const stream = new TlsStream();
  stream.attach(new Ssl(clientCtx, false));
  stream.owner = {
    onStreamEvent(event) {
      if (event !== StreamEvent.CONNECT && event !== StreamEvent.HANDSHAKE) return;
      if (stream.handshake(false) !== 1) return;
      then(stream);
      progress();
      if (mode !== '--client') connect(to, then);
    },
  };
  stream.connectTcp('127.0.0.1', to);
}

function client(to) {
  listener.close();
  connect(to, (stream) => {
    const say = (text) => stream.write(Buffer.from(text), 0, text.length);
    say('first, ');
    say('second, ');
    say('third');
    process.exit(0);
  });
}

function progress() {
  done += 1;
  if (done === 20 && !isMainThread) parentPort.postMessage('busy');
  if (done < 40) return;
  if (mode === '--exit') process.exit(0);
  if (mode === '--throw') throw new Error('thrown on purpose');
  if (mode === '--kill-loop') process.reallyExit(0);
}
