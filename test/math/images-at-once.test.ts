// How many images go through a network at once: found by measurement, within what memory holds.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { bytesPerImage, fastestImagesAtOnce } from '../../src/math/images-at-once.ts';
import { linearMap, useCpu } from './maps.ts';

beforeAll(useCpu);

const linear = (): FeatureMap => linearMap([[1, 2, 3, 4]], [2, 2, 1]);

/** A map whose passes take so many milliseconds longer. */
function slowed(map: FeatureMap, milliseconds: (images: number) => number): FeatureMap {
  return {
    ...map,
    linearize(x) {
      const end = performance.now() + milliseconds(x.shape[0]);
      while (performance.now() < end);
      return map.linearize(x);
    },
  };
}

describe('images at once', () => {
  it('are as many as memory holds where a pass takes as long for few', async () => {
    const before = tf.memory().numTensors;
    const map = linear();
    const machine = slowed(map, () => 40);
    expect(await fastestImagesAtOnce(machine, 300)).toBe(256);
    expect(await fastestImagesAtOnce(machine, 100)).toBe(64);
    map.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are as many as fill one core where every image takes its time', async () => {
    const map = linear();
    expect(
      await fastestImagesAtOnce(
        slowed(map, (images) => images),
        1024,
      ),
    ).toBe(64);
    map.dispose();
  });

  it('go by the bytes that one image keeps', () => {
    const map = linear();
    // Of an image: the features and the sum they are rectified from, x itself; each number of 4 bytes, five times over.
    expect(bytesPerImage(map)).toBe(5 * 4 * (4 + 1 + 1));
    map.dispose();
  });
});
