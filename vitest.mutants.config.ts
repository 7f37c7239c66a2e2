// Tests that decide whether a mutant lives: the fast ones of the rooms that are mutated, without the setup that builds the program.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/math/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});
