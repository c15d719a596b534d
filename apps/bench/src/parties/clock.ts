import process from 'node:process';
import type { Cpu } from './protocol.ts';

/** CPU time of this process, all its threads, in seconds since the clock was started. */
export type CpuClock = () => Cpu;

export function startCpuClock(): CpuClock {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return { user: user / 1e6, system: system / 1e6 };
  };
}
