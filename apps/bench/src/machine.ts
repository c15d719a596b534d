import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Machine } from './results.ts';

/** Call the result when all is measured: it tells how much the machine was disturbed in between. */
export function watchMachine(): () => Machine {
  const before = { load: loadavg()[0] ?? 0, ...cpuTicks() };
  return () => {
    const after = cpuTicks();
    const total = after.total - before.total;
    return {
      cpu: cpus()[0]?.model.trim() ?? '?',
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
      load: [round(before.load), round(loadavg()[0] ?? 0)],
      stolen: total > 0 ? round((after.steal - before.steal) / total) : 0,
    };
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** proc(5): user nice system idle iowait irq softirq steal. */
function cpuTicks(): { total: number; steal: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
  return { total: fields.reduce((sum, value) => sum + value, 0), steal: fields[7] ?? 0 };
}
