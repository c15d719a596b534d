// Streams 100 MB of PEM, made on the way, and prints what memory is in use after each tenth.
import { formatPem, parsePemStream } from '../../dist/index.js';

const der = Uint8Array.from({ length: 1100 }, (_, i) => (i * 37) & 255);
const piece = new TextEncoder().encode(`# root\n${formatPem({ label: 'CERTIFICATE', der })}`.repeat(43));
let bytes = 0;
let blocks = 0;

async function* source() {
  while (bytes < 100e6) {
    bytes += piece.length;
    yield piece.slice();
  }
}

function inUse() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const samples = [];
let next = 10e6;
for await (const block of parsePemStream(source())) {
  blocks++;
  if (block.end < next) continue;
  samples.push(inUse());
  next += 10e6;
}
console.log(JSON.stringify({ bytes, blocks, early: samples[0], most: Math.max(...samples) }));
