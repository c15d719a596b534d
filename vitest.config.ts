import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{packages,apps,internal}/*/{src,lib,test}/**/*.test.ts', 'tools/**/*.test.mjs'],
    // Separate processes: the addon, process warnings and exit behaviour are per process.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Names made from a table stay whole: docs/python-parity.md cites tests by name.
    chaiConfig: { truncateThreshold: 0 },
    reporters: process.env.CI ? ['default'] : ['dot'],
  },
});
