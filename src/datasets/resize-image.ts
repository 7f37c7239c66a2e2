// Resampling of images. Enlarging is bilinear. Shrinking uses a triangle filter that is widened by the scale factor, so
// that no pixel is skipped. Pixel centres are at half-integers. This is the resampling of image libraries with the
// option "antialias".

import type { ImageSet } from './image-set.ts';

interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Returns the input positions and weights for every output position. The weights sum to one; at borders the filter is
 * truncated, without padding.
 */
function tapsOf(from: number, to: number): Taps[] {
  const scale = from / to;
  const radius = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - radius));
    const last = Math.min(from, Math.ceil(centre + radius));
    const weights = new Float64Array(last - first);
    let sum = 0;
    for (let j = first; j < last; j++) {
      const weight = Math.max(0, 1 - Math.abs(j + 0.5 - centre) / radius);
      weights[j - first] = weight;
      sum += weight;
    }
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

interface Extent {
  readonly height: number;
  readonly width: number;
}

/**
 * Resamples values [height, width, channels] to another size: first the width, then the height, in float64.
 * @returns values that are not rounded, in the same layout
 */
export function resample(values: ArrayLike<number>, from: Extent, to: Extent, channels: number): Float64Array {
  const across = new Float64Array(from.height * to.width * channels);
  tapsOf(from.width, to.width).forEach(({ first, weights }, x) => {
    for (let y = 0; y < from.height; y++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++)
          sum += (weights[k] as number) * (values[(y * from.width + first + k) * channels + channel] as number);
        across[(y * to.width + x) * channels + channel] = sum;
      }
    }
  });
  const row = to.width * channels;
  const out = new Float64Array(to.height * row);
  tapsOf(from.height, to.height).forEach(({ first, weights }, y) => {
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k] as number;
      for (let i = 0; i < row; i++)
        out[y * row + i] = (out[y * row + i] as number) + weight * (across[(first + k) * row + i] as number);
    }
  });
  return out;
}

/** Resizes 8-bit pixels [height, width, channels]; the result is rounded to the nearest level. */
export function resizePixels(pixels: Uint8Array, from: Extent, to: Extent, channels: number): Uint8Array {
  if (from.height === to.height && from.width === to.width) return pixels;
  return Uint8Array.from(resample(pixels, from, to, channels), (value) => Math.floor(value + 0.5));
}

/** Resizes a mask of zeros and ones: a new pixel is on the object if at least half of the area it covers was. */
export function resizeMask(mask: Uint8Array, from: Extent, to: Extent): Uint8Array {
  if (from.height === to.height && from.width === to.width) return mask;
  return Uint8Array.from(resample(mask, from, to, 1), (value) => (value >= 0.5 ? 1 : 0));
}

/** Returns the same set of images with every image and mask resized. */
export function resizeSet(set: ImageSet, to: Extent): ImageSet {
  return {
    ...set,
    async *images() {
      for await (const image of set.images()) {
        const pixels = resizePixels(image.pixels, image, to, image.channels);
        yield { ...image, ...to, pixels, ...(image.mask && { mask: resizeMask(image.mask, image, to) }) };
      }
    },
  };
}
