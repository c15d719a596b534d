/** OpenSSL's random numbers. */
import { Buffer } from 'node:buffer';
import { rangeMisuse, requireBytes, requireInteger, typeMisuse } from './arguments.ts';
import { native } from './native.ts';
import { inContext } from './native_error.ts';

/** Whether the generator has been seeded enough. @see RAND_status(3) */
export function randStatus(): boolean {
  return native.randStatus();
}

/**
 * Mixes bytes into the generator.
 * @param entropy a lower bound of the bytes' entropy, in bytes; 0 is always right.
 * @see RAND_add(3)
 */
export function randAdd(bytes: string | Uint8Array, entropy: number): void {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : requireBytes('bytes', bytes);
  if (typeof entropy !== 'number' || Number.isNaN(entropy)) throw typeMisuse('entropy must be a number');
  native.randAdd(data, entropy);
}

/** `n` random bytes, fit for keys. @see RAND_bytes(3) */
export function randBytes(n: number): Buffer {
  const count = requireInteger('n', n);
  if (count < 0) throw rangeMisuse('num must be positive');
  if (count > MAX_BYTES) throw rangeMisuse(`n must not exceed ${MAX_BYTES}`);
  return inContext(() => native.randBytes(count));
}

/** What fits into the int of RAND_bytes(3). */
const MAX_BYTES = 0x7fff_ffff;
