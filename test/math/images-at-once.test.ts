// Number of images that go through a network together: found by measurement, limited by memory.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { bytesPerImage, fastestImagesAtOnce } from '../../src/math/images-at-once.ts';
import { linearMap, useCpu } from './maps.ts';

beforeAll(useCpu);

const linear = (): FeatureMap => linearMap([[1, 2, 3, 4]], [2, 2, 1]);

/** A map with a simulated clock on which each pass takes `duration`. */
function timed(map: FeatureMap, duration: (images: number) => number): { map: FeatureMap; clock: () => number } {
  let now = 0;
  return {
    clock: () => now,
    map: {
      ...map,
      linearize(x) {
        now += duration(x.shape[0]);
        return map.linearize(x);
      },
    },
  };
}

describe('images at once', () => {
  it('are as many as memory allows if a pass takes the same time for few', async () => {
    const before = tf.memory().numTensors;
    const map = linear();
    const gpu = timed(map, () => 40);
    expect(await fastestImagesAtOnce(gpu.map, 300, gpu.clock)).toBe(256);
    expect(await fastestImagesAtOnce(gpu.map, 100, gpu.clock)).toBe(64);
    map.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('do not grow if more images per pass are not faster', async () => {
    const map = linear();
    const gpu = timed(map, (images) => Math.max(100, images));
    expect(await fastestImagesAtOnce(gpu.map, 1024, gpu.clock)).toBe(128);
    map.dispose();
  });

  it('are the usual number if the time is proportional to the images', async () => {
    const map = linear();
    const core = timed(map, (images) => images);
    expect(await fastestImagesAtOnce(core.map, 1024, core.clock)).toBe(64);
    map.dispose();
  });

  it('depend on the bytes that one image needs', () => {
    const map = linear();
    // Per image: the features, the sums before their ReLU, and x itself; 4 bytes per number, times five.
    expect(bytesPerImage(map)).toBe(5 * 4 * (4 + 1 + 1));
    map.dispose();
  });
});
