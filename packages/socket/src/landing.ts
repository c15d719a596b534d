/** As much as sockets usually read at once, so that one call decrypts it. */
const LANDING_BYTES = 64 * 1024;

let memory: Buffer = Buffer.allocUnsafeSlow(LANDING_BYTES);

/**
 * Memory where plaintext lands that no reader waits for, the same for all channels: between a landing and {@link take}
 * nothing else runs. Nobody outside sees it before it is replaced.
 */
export const Landing = {
  get memory(): Buffer {
    return memory;
  },

  /** The first `count` bytes, as the caller's own. Small pieces are copied, so that none of them keeps all of it alive. */
  take(count: number): Buffer {
    if (count >= LANDING_BYTES / 2) {
      const full = memory;
      memory = Buffer.allocUnsafeSlow(LANDING_BYTES);
      return full.subarray(0, count);
    }
    const copy = Buffer.allocUnsafe(count);
    memory.copy(copy, 0, 0, count);
    return copy;
  },
};
