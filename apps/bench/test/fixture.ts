import { derive, type Entry, type ItemResult, type Results } from '../src/results.ts';
import { allItems } from '../src/work.ts';

/** Round numbers, so that what the report makes of them can be checked in the head. */
const NEGOTIATED = { protocol: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', group: 'X25519' };

const items = [
  item('handshake-p256', [
    entry('node-tls', {
      rate: [100, 110, 90],
      cpu: [1_500, 1_510, 1_490],
      clientCpu: [900, 905, 895],
      serverCpu: [600, 605, 595],
    }),
    entry('sslkit-native', {
      rate: [210, 231, 189],
      cpu: [800, 810, 790],
      clientCpu: [450, 455, 445],
      serverCpu: [350, 355, 345],
    }),
    entry('sslkit-one-thread', {
      rate: [150, 165, 135],
      cpu: [780, 790, 770],
      clientCpu: [440, 445, 435],
      serverCpu: [340, 345, 335],
    }),
    excused('bun', 'absent', 'not installed; `pnpm bench --install` does'),
    excused('deno', 'refused', 'negotiates TLS_AES_256_GCM_SHA384 instead of TLS_AES_128_GCM_SHA256'),
  ]),
  item('idle-memory', [
    entry('node-tls', { perConnection: [50, 50, 50], asItComes: [60, 60, 60] }),
    entry('sslkit-native', { perConnection: [25, 25, 25], asItComes: [30, 30, 30] }),
    excused('bun', 'absent', 'not installed; `pnpm bench --install` does'),
    excused('deno', 'failed', 'did not go within 60000 ms'),
  ]),
  item('contexts', [
    entry('node-tls', {
      later: [20_000, 20_000, 20_000],
      second: [20_000, 20_000, 20_000],
      first: [22_000, 22_000, 22_000],
    }),
    entry('sslkit-native', { later: [100, 100, 100], second: [100, 100, 100], first: [18_000, 18_000, 18_000] }),
  ]),
];
for (const one of items) derive(one, ['node-tls', 'bun']);

export const fixture: Results = {
  schema: 1,
  startedAt: '2026-01-02T03:04:05.000Z',
  seconds: 600,
  publishable: true,
  options: { rounds: 3, sittings: 1, quick: false, cores: null, seed: 1 },
  machine: { cpu: 'A CPU & <Co>', cores: 2, memoryGb: 16, kernel: '6.1.0', load: [0.1, 1.9], stolen: 0.012 },
  contestants: [
    {
      id: 'node-tls',
      label: 'node:tls',
      description: 'node:tls on the Node in use',
      runtime: 'Node 20.20.2, OpenSSL 3.0.19',
    },
    { id: 'sslkit-native', label: 'sslkit', description: 'the native channel', runtime: 'sslkit 0.1.0' },
    {
      id: 'sslkit-one-thread',
      label: 'sslkit, one thread',
      description: 'without handshake threads',
      runtime: 'sslkit 0.1.0',
    },
    { id: 'bun', label: 'Bun', description: "node:tls on Bun's own TLS", runtime: null },
    { id: 'deno', label: 'Deno', description: "node:tls on Deno's own TLS", runtime: 'Deno 2.9.6, rustls' },
  ],
  tables: [{ profile: 'same', items }],
  soak: [
    {
      contestant: 'sslkit-native',
      seconds: 300,
      handshakes: 120_000,
      roundTrips: 900_000,
      samples: [0, 100, 200, 300].map((second) => ({
        second,
        serverRss: second === 0 ? 40e6 : 55e6,
        clientRss: 60e6,
        serverDescriptors: 20,
      })),
      verdict: { flat: true, serverGrowth: 0, clientGrowth: 0, text: 'flat: server +0.00 MB' },
    },
  ],
};

function item(id: string, entries: Entry[]): ItemResult {
  const found = allItems(false).find((one) => one.id === id);
  if (!found) throw new Error(`no item is called ${id}`);
  const { title, what, metrics } = found;
  return { id, title, what, metrics, entries };
}

function entry(contestant: string, rounds: Entry['rounds']): Entry {
  return { contestant, status: 'measured', negotiated: NEGOTIATED, rounds, summary: {}, ratios: {} };
}

function excused(contestant: string, status: Entry['status'], reason: string): Entry {
  return { contestant, status, reason, rounds: {}, summary: {}, ratios: {} };
}
