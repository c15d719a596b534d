/** A thread that asks the event loop every millisecond "when do you hear this?"; see loop_watch.ts. */
import process from 'node:process';
import { parentPort } from 'node:worker_threads';

const PERIOD_MS = 1;
const clock = new Int32Array(new SharedArrayBuffer(4));

while (parentPort) {
  Atomics.wait(clock, 0, 0, PERIOD_MS);
  parentPort.postMessage(process.hrtime.bigint());
}
