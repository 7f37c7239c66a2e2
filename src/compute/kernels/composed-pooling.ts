// Gradients of pools, composed of fast forward kernels, for wasm (and of max pools for webgpu). The gradient kernels of
// tfjs's wasm backend are ten times slower. Its max-pool gradient also treats equal values in a window differently from
// other backends.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { fitBorders, interleave, keepFirst } from './borders.ts';
import { TransposedConv } from './dense-convolution.ts';
import { fusedConvs } from './forward.ts';
import type { Padding, Pair, PoolGeometry } from './geometry.ts';
import { LOWEST, subsample } from './pooling.ts';

/** Computes the gradient of an average pool as a transposed depthwise convolution with a constant filter. */
export function composedAvgPoolGradient(
  dy: Tensor4D,
  size: Pair,
  { size: window, stride, padding }: PoolGeometry,
): Tensor4D {
  const channels = dy.shape[3];
  const filter: Tensor4D = tf.fill([...window, channels, 1], 1 / (window[0] * window[1]));
  const geometry = { stride, padding, dilation: [1, 1] as const, groups: channels };
  const transposed = new TransposedConv(fusedConvs.depthwise, filter, geometry, (taps) => taps);
  const dx = transposed.apply(dy, size);
  transposed.dispose();
  filter.dispose();
  return dx;
}

/**
 * Computes the gradient of a max pool. A tap is a position in the window, and the taps are processed in reading order.
 * The pixel at a tap receives the dy of its window if it is the maximum of the window and no pixel at an earlier tap
 * received this dy. Taps whose rows and columns are equal modulo the stride form a phase. Gradients within a phase are
 * added, and the phases are interleaved.
 */
export function composedMaxPoolGradient(dy: Tensor4D, x: Tensor4D, y: Tensor4D, pool: PoolGeometry): Tensor4D {
  const { size, stride, padding } = pool;
  const [batch, h, w, channels] = dy.shape;
  const [top, bottom, left, right] = padding;
  return tf.tidy(() => {
    const padded = fitBorders(x, padding, LOWEST);
    const [, height, width] = padded.shape;
    const count: Pair = [Math.ceil(height / stride[0]), Math.ceil(width / stride[1])];
    const reach = [batch, (h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1, channels];
    const phases = emptyPhases(stride);
    let rest = dy;
    for (let u = 0; u < size[0]; u++) {
      for (let v = 0; v < size[1]; v++) {
        const under = subsample(tf.slice(padded, [0, u, v, 0], reach), stride);
        const next: Tensor4D = tf.mul(rest, tf.step(tf.sub(y, under))); // y >= under, so step is 0 where the pixel at this tap is the maximum
        const share: Tensor4D = tf.sub(rest, next);
        const [i, j] = [Math.floor(u / stride[0]), Math.floor(v / stride[1])];
        const place: Padding = [i, count[0] - h - i, j, count[1] - w - j];
        phases[u % stride[0]]![v % stride[1]]!.push(fitBorders(share, place));
        rest = next;
      }
    }
    const zeros = (): Tensor4D => tf.zeros([batch, ...count, channels]);
    const sums = phases.map((line) => line.map((parts) => (parts.length === 0 ? zeros() : sumOf(parts))));
    const dx = keepFirst(interleave(sums), [height, width]);
    return fitBorders(dx, [-top, -bottom, -left, -right]);
  });
}

function emptyPhases(stride: Pair): Tensor4D[][][] {
  return Array.from({ length: stride[0] }, () => Array.from({ length: stride[1] }, () => []));
}

/**
 * Adds tensors pair by pair, because tfjs's `addN` binds one GPU buffer per summand, and GPUs allow only eight buffers.
 */
const sumOf = (parts: readonly Tensor4D[]): Tensor4D => parts.reduce((sum, part) => tf.add(sum, part));
