// Batches for a network, from images in memory: order, augmentation, normalisation. This file needs no tensor library.
import type { Random } from '../../../math/random.ts';
import type { InputSpec } from '../../../network/network.ts';
import { normalise } from '../../../network/normalise.ts';

/** All images of a data set, all of the same size, with their targets for the training. */
export interface ImageStack {
  /** [count, height, width, channels] */
  readonly pixels: Uint8Array;
  /** Targets as the loss expects them, one or more numbers per image: the class numbers for a classifier. */
  readonly targets: Int32Array | Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface Augmentation {
  /**
   * Largest shift in pixels in each direction. Pixels that enter at the border are zero after normalisation, that is,
   * they have the mean colour.
   */
  readonly shift: number;
  /** True: images are mirrored left to right with probability one half. */
  readonly flip: boolean;
}

export interface Batch {
  /** [count, height, width, channels], normalised. */
  readonly x: Float32Array;
  /** Targets, in the order of the images. */
  readonly targets: Int32Array | Float32Array;
  readonly count: number;
}

/**
 * Returns the mean and standard deviation of pixel / 255 for every channel, rounded to four decimals. A constant
 * channel gets the standard deviation 1.
 */
export function channelStatistics({ pixels, channels }: ImageStack): {
  readonly mean: number[];
  readonly std: number[];
} {
  const sum = new Array<number>(channels).fill(0);
  const squares = new Array<number>(channels).fill(0);
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!; // sums of integers below 2^53 are exact
    sum[i % channels]! += value;
    squares[i % channels]! += value * value;
  }
  const n = pixels.length / channels;
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  const mean = sum.map((total) => total / n);
  const std = squares.map((total, c) => Math.sqrt(Math.max(0, total / n - mean[c]! ** 2)) / 255);
  return { mean: mean.map((value) => round(value / 255)), std: std.map((value) => round(value) || 1) };
}

/**
 * Divides the positions 0..count-1 into batches of nearly equal size, at most `size`, and returns the bounds [from, to)
 * of each batch. A small last batch would give unreliable batch-norm statistics.
 */
export function batchBounds(count: number, size: number): (readonly [number, number])[] {
  const batches = Math.ceil(count / size);
  return Array.from({ length: batches }, (_, i) => [
    Math.floor((i * count) / batches),
    Math.floor(((i + 1) * count) / batches),
  ]);
}

/** Returns a random order of 0..count-1 (Fisher-Yates). */
export function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Makes a normalised batch of the images at the positions `order`. If `change` is given, each image is shifted and
 * mirrored at random.
 */
export function makeBatch(
  stack: ImageStack,
  order: Uint32Array,
  input: InputSpec,
  change?: { readonly augmentation: Augmentation; readonly random: Random },
): Batch {
  const { height, width, channels } = stack;
  const length = height * width * channels;
  const x = new Float32Array(order.length * length);
  const levels = normalisedLevels(input);
  order.forEach((image, k) => {
    const { shift = 0, flip = false } = change?.augmentation ?? {};
    const dy = shift > 0 ? change!.random.below(2 * shift + 1) - shift : 0;
    const dx = shift > 0 ? change!.random.below(2 * shift + 1) - shift : 0;
    const mirrored = flip && change!.random.below(2) === 1;
    for (let row = Math.max(0, -dy); row < Math.min(height, height - dy); row++) {
      for (let column = Math.max(0, -dx); column < Math.min(width, width - dx); column++) {
        const from = image * length + ((row + dy) * width + (column + dx)) * channels;
        const to = k * length + (row * width + (mirrored ? width - 1 - column : column)) * channels;
        for (let c = 0; c < channels; c++) x[to + c] = levels[c * 256 + stack.pixels[from + c]!]!;
      }
    }
  });
  return { x, targets: targetsOf(stack, order), count: order.length };
}

function targetsOf({ targets, count }: ImageStack, order: Uint32Array): ImageStack['targets'] {
  const each = targets.length / count;
  const own = targets.slice(0, order.length * each);
  order.forEach((image, k) => own.set(targets.subarray(image * each, (image + 1) * each), k * each));
  return own;
}

/** Returns the normalised input value for every channel and each of the 256 pixel values. */
function normalisedLevels(input: InputSpec): Float32Array {
  return Float32Array.from({ length: input.channels * 256 }, (_, i) => normalise(i % 256, input, i >> 8));
}
