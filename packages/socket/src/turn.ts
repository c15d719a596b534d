/** Work that is put off to the end of this turn of the event loop, and is done even if the process exits first. */

let waiting: (() => void)[] = [];
let watchesExit = false;

/** Calls `flush` once, before the event loop goes on. It must not throw. */
export function flushAtEndOfTurn(flush: () => void): void {
  if (waiting.push(flush) > 1) return;
  process.nextTick(flushAll);
  if (watchesExit) return;
  watchesExit = true;
  // What a caller has awaited has been sent, also when it calls process.exit() next: sockets take bytes synchronously.
  process.once('exit', flushAll);
}

/** Resolves when the event loop has asked the system once for what has arrived, and delivered it. */
export async function polled(): Promise<void> {
  // The first may still come in this turn, after the poll that led here.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function flushAll(): void {
  const flushes = waiting;
  waiting = [];
  for (const flush of flushes) flush();
}
