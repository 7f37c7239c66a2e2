// The conformance suite: the results that every backend must give for each operator in the grid (see
// conformance-check.ts).
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/compute/backend.ts';
import { loadBackend } from '../../src/compute/backend.ts';
import { check } from './conformance-check.ts';
import { convCases, convTransposeCases, otherCases, poolCases } from './operator-cases.ts';

/**
 * Tests a backend.
 * @param every tests only every n-th case of the grids of convolutions, which take most of the time
 */
export function conformanceSuite(name: string, every = 1): void {
  describe(`operators on ${name}`, () => {
    let backend: Backend;
    let tensors = 0;
    beforeAll(async () => {
      backend = await loadBackend(name);
      tensors = tf.memory().numTensors;
    });
    afterAll(() => expect(tf.memory().numTensors).toBe(tensors));

    const some = <T>(cases: readonly T[]): readonly T[] => cases.filter((_, i) => i % every === 0);
    const groups = {
      conv: some(convCases()),
      'conv-transpose': some(convTransposeCases()),
      'max-pool': poolCases('max-pool'),
      'avg-pool': poolCases('avg-pool'),
    };
    it.each(Object.entries(groups))(`%s over ${every === 1 ? 'its whole' : 'a part of its'} grid`, async (_, cases) => {
      expect(cases.length).toBeGreaterThan(20);
      const wrong: string[] = [];
      for (const each of cases) wrong.push(...(await check(each, backend)).map((fault) => `${each.title}: ${fault}`));
      expect(wrong).toEqual([]);
    });
    it.each(otherCases())('$title', async (each) => {
      expect(await check(each, backend)).toEqual([]);
    });
  });
}
