// Streams 64 MB of line ends and a block after them: what is kept of a text must not be a list of its lines.
import { parsePemStream } from '../../dist/index.js';

const lines = new Uint8Array(2 ** 16).fill(10);

async function* source() {
  for (let i = 0; i < 1024; i++) yield lines;
  yield new TextEncoder().encode('-----BEGIN X-----\nAAAA\n-----END X-----\n');
}

for await (const { start, preamble } of parsePemStream(source())) {
  console.log(JSON.stringify({ start, preamble: preamble.length }));
}
