/** Compiles the C programs (floor/*.c) against the system's OpenSSL. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchFolder } from './folders.ts';

export type Floor = { server: string; client: string } | { missing: string };

/** Always compiled anew: it takes a second, and a stale program would be measured in silence. */
export function buildFloor(): Floor {
  const out = join(benchFolder, '.floor');
  mkdirSync(out, { recursive: true });
  const programs = { server: join(out, 'floor-server'), client: join(out, 'floor-client') };
  for (const role of ['server', 'client'] as const) {
    const problem = compile(role, programs[role]);
    if (problem !== null) return { missing: problem };
  }
  return programs;
}

function compile(role: string, output: string): string | null {
  const sources = ['main', 'common', 'conn', role].map((name) => join(benchFolder, 'floor', `${name}.c`));
  const flags = ['-O2', '-std=gnu11', '-D_GNU_SOURCE', '-Wall', '-Wextra'];
  const compiler = process.env.CC ?? 'cc';
  const { status, stderr, error } = spawnSync(compiler, [...flags, '-o', output, ...sources, '-lssl', '-lcrypto'], {
    encoding: 'utf8',
  });
  if (error) return `no C compiler: ${error.message}`;
  return status === 0
    ? null
    : `does not compile here: ${stderr.split('\n').find((line) => /error/.test(line)) ?? stderr}`;
}
