// Tests that decide whether a mutant lives: the fast ones of the rooms that are mutated, without the setup that builds the program.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'test/math/**/*.test.ts',
      'test/runtime/contracts/{keys,canonical}.test.ts',
      'test/runtime/store/records.test.ts',
    ],
    // Tests by simulation take seconds each, and the naive twins beside them fail at once.
    exclude: ['test/math/resnet.test.ts', 'test/math/sid.test.ts', 'test/math/control-by-simulation.test.ts'],
    env: { LETHE_BACKEND: 'cpu' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'threads',
    maxWorkers: 1,
  },
});
