// Depthwise convolution: each input channel has its own filters. Gradients are composed of forward kernels on backends
// that have no gradient kernels.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { fitBorders } from './borders.ts';
import { channelMeans } from './channel-sums.ts';
import { exactConv, transposedMap } from './dense-convolution.ts';
import type { TransposedMap } from './dense-convolution.ts';
import type { ConvolutionKernels, ForwardConv, Window } from './forward.ts';
import type { ConvGeometry, Pair } from './geometry.ts';
import type { Convolution } from './kernels.ts';
import { spread, subsample } from './pooling.ts';

/**
 * Creates a depthwise convolution with any dilation and stride from a kernel without dilation. For a dilation, zeros
 * are inserted into the filter. If the kernel supports only equal vertical and horizontal strides (`unequalStrides` is
 * false), unequal strides are replaced by stride 1, and the needed rows and columns are selected from the result.
 */
export function simpleDepthwise(
  depthwise: ForwardConv,
  { unequalStrides }: { readonly unequalStrides: boolean },
): ForwardConv {
  return (x, filter, { stride, padding, dilation }, finish) =>
    tf.tidy(() => {
      const [kh, kw, channels, multiplier] = filter.shape;
      const isDilated = dilation[0] !== 1 || dilation[1] !== 1;
      const taps = isDilated ? tf.reshape(filter, [1, kh, kw, channels * multiplier]) : filter;
      const reach: Pair = [(kh - 1) * dilation[0] + 1, (kw - 1) * dilation[1] + 1];
      const filled: Tensor4D = isDilated
        ? tf.reshape(spread(taps as Tensor4D, dilation, reach), [...reach, channels, multiplier])
        : filter;
      const inOne = unequalStrides || stride[0] === stride[1];
      const window: Window = { stride: inOne ? stride : [1, 1], padding, dilation: [1, 1] };
      const y = depthwise(x, filled, window, finish);
      return inOne ? y : subsample(y, stride);
    });
}

/**
 * Creates a depthwise convolution.
 * @param kernels depthwise kernels; `filterGradient` is called only with one filter per channel
 * @param filter [kh, kw, 1, channels * multiplier]; output channel c * multiplier + k belongs to input channel c
 */
export function depthwiseConvolution(
  kernels: ConvolutionKernels,
  filter: Tensor4D,
  geometry: ConvGeometry,
): Convolution {
  const [kh, kw, , outputs] = filter.shape;
  const channels = geometry.groups;
  const multiplier = outputs / channels;
  const perChannel: Tensor4D = tf.reshape(filter, [kh, kw, channels, multiplier]);
  const perOutput: Tensor4D = tf.reshape(filter, [kh, kw, outputs, 1]);
  let transposed: TransposedMap | undefined;
  return {
    forward: (x, finish) => exactConv(kernels.forward, x, perChannel, geometry, finish),
    takesAddend: false,
    inputGradient(dy, size) {
      transposed ??= transposedMap(kernels, perOutput, geometry, (taps) => taps);
      const each = transposed.apply(dy, size); // one dx for every output channel, from the filter of that channel
      if (multiplier === 1) return each;
      const sum = tf.tidy(() => tf.sum(tf.reshape(each, [-1, channels, multiplier]), 2));
      each.dispose();
      const dx: Tensor4D = tf.reshape(sum, [dy.shape[0], size[0], size[1], channels]);
      sum.dispose();
      return dx;
    },
    filterGradient: (x, dy) =>
      tf.tidy(() => kernels.filterGradient(repeatChannels(x, multiplier), dy, [kh, kw], geometry)),
    dispose() {
      tf.dispose([perChannel, perOutput]);
      transposed?.dispose();
      transposed = undefined;
    },
  };
}

/** Repeats each channel `times` times: once per filter of the channel. */
function repeatChannels(x: Tensor4D, times: number): Tensor4D {
  if (times === 1) return x;
  const [batch, height, width, channels] = x.shape;
  return tf.reshape(tf.tile(tf.reshape(x, [x.size, 1]), [1, times]), [batch, height, width, channels * times]);
}

/**
 * Computes the gradient of the filter, tap by tap:
 * dW[u, v, c] = sum over images and positions of x[i stride + u dilation - before, c] dy[i, c].
 */
export function composedDepthwiseFilterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  [kh, kw]: Pair,
  { stride, dilation, padding }: ConvGeometry,
): Tensor4D {
  const [batch, h, w, channels] = dy.shape;
  const reach: Pair = [(h - 1) * stride[0] + 1, (w - 1) * stride[1] + 1];
  return tf.tidy(() => {
    const padded = fitBorders(x, padding);
    const taps: Tensor1D[] = [];
    for (let u = 0; u < kh; u++) {
      for (let v = 0; v < kw; v++) {
        const seen = tf.tidy(() => {
          const start = [0, u * dilation[0], v * dilation[1], 0];
          const part: Tensor4D = subsample(tf.slice(padded, start, [batch, ...reach, channels]), stride);
          return tf.mul<Tensor1D>(channelMeans(tf.mul(part, dy)), batch * h * w);
        });
        taps.push(seen);
      }
    }
    return tf.reshape(tf.stack(taps), [kh, kw, 1, channels]);
  });
}
