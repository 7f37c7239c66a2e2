// Division of memory among workers.
import { expect, it } from 'vitest';
import { chooseWorkers } from '../../../src/runtime/contracts/memory-shares.ts';
import type { Workers } from '../../../src/runtime/contracts/memory-shares.ts';

const GIB = 2 ** 30;

function chosen(request: Parameters<typeof chooseWorkers>[0]): Workers {
  const workers = chooseWorkers({ backend: 'tensorflow', ...request });
  if (!workers.ok) throw new Error(JSON.stringify(workers.failures));
  return workers.value;
}

it('bounds nothing where no memory is given', () => {
  expect(chosen({ jobs: 3 })).toEqual({ jobs: 3, wanted: 3 });
});

it('never gives all workers together more than the bound, nor a task more than its worker', () => {
  for (let memory = GIB / 2; memory < 64 * GIB; memory *= 1.3) {
    for (const jobs of [1, 2, 7, 64]) {
      const { jobs: workers, shares } = chosen({ memory: Math.floor(memory), jobs });
      expect(workers).toBeGreaterThanOrEqual(1);
      expect(workers).toBeLessThanOrEqual(jobs);
      expect(workers * (shares?.share ?? Infinity)).toBeLessThanOrEqual(memory);
      expect(shares?.task).toBeLessThan(shares?.share ?? 0);
      expect(shares?.task).toBeGreaterThan(0);
    }
  }
});

it('starts fewer workers rather than giving each too little', () => {
  expect(chosen({ memory: 4 * GIB, jobs: 4 }).jobs).toBe(4);
  expect(chosen({ memory: GIB, jobs: 4 }).jobs).toBe(2);
  expect(chosen({ memory: GIB / 2, jobs: 4 }).jobs).toBe(1);
});

it('gives tasks more memory with a smaller backend', () => {
  expect(chosen({ memory: GIB, jobs: 4, backend: 'wasm' }).jobs).toBeGreaterThan(chosen({ memory: GIB, jobs: 4 }).jobs);
});

it('rejects a bound that is too small for one worker', () => {
  expect(chooseWorkers({ memory: 50e6, jobs: 1, backend: 'wasm' })).toMatchObject({
    ok: false,
    failures: [{ reason: 'too-little-memory', headline: expect.stringContaining('47.7 MiB') }],
  });
});
