// Batches of several images joined into common passes: the same results, fewer and larger passes, and no image waits
// for one that is done.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/compute/backend.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import type { Passes } from '../../src/math/passes.ts';
import { joinPasses } from '../../src/math/passes.ts';
import { measureSid } from '../../src/math/sid.ts';
import type { Sid } from '../../src/math/sid.ts';
import { createSigmaGrid } from '../../src/math/sigma-grid.ts';
import { NonFiniteError } from '../../src/math/read-back.ts';
import { Random } from '../../src/math/random.ts';
import { gaussianImage, localWeights, reluLayer } from './maps.ts';
import { reluOptimum } from './relu-truth.ts';

beforeAll(() => loadBackend());

const side = 8;
const shape = [side, side, 1] as const;
const grid = createSigmaGrid(shape, { grid: 'pixel', channels: 'shared' });
const alpha = 0.05;
const images = ['a', 'b', 'c'];

function openLayer() {
  const random = new Random('bias');
  const W = localWeights(side, 3, 'relu');
  return reluLayer(W, W.map(() => 0.3 * random.normal()), shape); // prettier-ignore
}

/** A map that records the number of images in every pass. */
function counted(map: FeatureMap): { readonly map: FeatureMap; readonly passes: number[] } {
  const passes: number[] = [];
  return {
    passes,
    map: {
      ...map,
      forward(x) {
        passes.push(x.shape[0]);
        return map.forward(x);
      },
      linearize(x) {
        passes.push(x.shape[0]);
        return map.linearize(x);
      },
    },
  };
}

async function measureAll(rows: number, image = (name: string): Float32Array => gaussianImage(side * side, name)) {
  const layer = openLayer();
  const { map, passes } = counted(layer.map);
  const solved = new Map<string, Sid>();
  const measure = async (name: string, through: Passes): Promise<void> => {
    const { deltaF2 } = reluOptimum(layer, gaussianImage(side * side, name), alpha);
    const options = { method: 'hybrid', alpha, deltaF2: { value: deltaF2, error: 0 }, grid, tolerance: 0.01 } as const;
    const limits = { cap: 100, maxSamples: 2048, batch: 32, seed: name, passes: through };
    solved.set(name, await measureSid(map, image(name), { ...options, ...limits }));
  };
  try {
    await joinPasses(map, rows, images, measure);
  } finally {
    layer.map.dispose();
  }
  return { solved, passes };
}

describe('joined passes', () => {
  it('give every image the same result as separate passes, in fewer and larger passes', async () => {
    const before = tf.memory().numTensors;
    const alone = await measureAll(64);
    const together = await measureAll(192);
    expect(tf.memory().numTensors).toBe(before);
    for (const name of images) {
      const [one, other] = [alone.solved.get(name)!, together.solved.get(name)!];
      expect(other.evaluations).toBe(one.evaluations);
      expect(other.sid).toBeCloseTo(one.sid, 5);
      expect(other.gap).toBeCloseTo(one.gap, 5);
      expect(other.constraint.ratio).toBeCloseTo(one.constraint.ratio, 4);
      other.logSigma.forEach((z, g) => expect(z).toBeCloseTo(one.logSigma[g]!, 4));
    }
    expect(Math.max(...alone.passes)).toBe(64);
    expect(Math.max(...together.passes)).toBe(192);
    expect(together.passes.length).toBeLessThan(0.6 * alone.passes.length);
    const total = (passes: readonly number[]): number => passes.reduce((a, b) => a + b, 0);
    expect(total(together.passes)).toBe(total(alone.passes));
  });

  it('continue without an image that has failed, and reject when all are done', async () => {
    const before = tf.memory().numTensors;
    const huge = gaussianImage(side * side, 'a').map((value) => value * 1e38);
    const solved = measureAll(192, (name) => (name === 'b' ? huge : gaussianImage(side * side, name)));
    await expect(solved).rejects.toThrow(NonFiniteError);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('end if the network throws', async () => {
    const layer = openLayer();
    const before = tf.memory().numTensors;
    let left = 4;
    const broken: FeatureMap = {
      ...layer.map,
      linearize(x) {
        if (x.shape[0] > 64 && --left === 0) throw new Error('out of memory');
        return layer.map.linearize(x);
      },
    };
    const measured = joinPasses(broken, 192, images, async (name, passes) => {
      const limits = { cap: 100, maxSamples: 2048, batch: 32, seed: name, passes };
      const deltaF2 = { value: 1, error: 0 };
      const image = gaussianImage(side * side, name);
      await measureSid(broken, image, { method: 'hybrid', alpha, deltaF2, grid, tolerance: 0.001, ...limits });
    });
    await expect(measured).rejects.toThrow('out of memory');
    expect(tf.memory().numTensors).toBe(before);
    layer.map.dispose();
  });

  it('are separate if one image fills a pass', async () => {
    const seen: number[] = [];
    const layer = openLayer();
    await joinPasses(layer.map, 20, images, (_, passes) => {
      seen.push(passes.rows);
      return Promise.resolve();
    });
    layer.map.dispose();
    expect(seen).toEqual([20, 20, 20]);
  });
});
