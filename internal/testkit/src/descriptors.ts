import { readdirSync, readlinkSync } from 'node:fs';

/**
 * How many descriptors this process has open; 0 where the system does not tell. Without those of /dev/null, of which libuv
 * keeps a spare one from the first stream of each loop on.
 */
export function openDescriptors(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc/self/fd').filter((fd) => target(fd) !== '/dev/null').length;
}

function target(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one that has listed the folder is gone.
    return '';
  }
}
