// The two forward convolutions that every tfjs backend has, dense and depthwise, called as kernels, because the
// operations of tfjs-core reject stride together with dilation although the kernels support it. Gradients and
// transposes are composed of these two.
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry, Padding, Pair } from './geometry.ts';

export interface Window {
  readonly stride: Pair;
  /** Padding; must not be negative, see `fitBorders`. */
  readonly padding: Padding;
  readonly dilation: Pair;
}

/** Operations on a result, in this order, which a kernel may perform in the same pass. */
export interface Finish {
  /** Bias, one value per channel. */
  readonly bias?: Tensor1D | undefined;
  /** Tensor with the shape of the result; only for convolutions with `takesAddend`. */
  readonly addend?: Tensor | undefined;
  readonly relu?: boolean | undefined;
}

/** The kernels of a dense or depthwise convolution. */
export interface ConvolutionKernels {
  readonly forward: ForwardConv;
  readonly filterGradient: FilterGradient;
  /**
   * Computes dL/dx [., ...size, .] from dL/dy for strides greater than 1. If absent, dL/dx is composed of forward
   * convolutions.
   * @param turned the filter [kh, kw, out, in]; depthwise [kh, kw, channels, 1]
   */
  readonly stridedInputGradient?: (dy: Tensor4D, turned: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;
}

/** Computes dL/dfilter [kh, kw, in / groups, out] from x and dL/dy, for filters of `size`. */
export type FilterGradient = (x: Tensor4D, dy: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;

/** Dense or depthwise convolution; depthwise filters are [kh, kw, channels, multiplier]. */
export type ForwardConv = (x: Tensor4D, filter: Tensor4D, window: Window, finish?: Finish) => Tensor4D;

export const fusedConvs: Readonly<Record<'dense' | 'depthwise', ForwardConv>> = {
  dense: fused('FusedConv2D'),
  depthwise: fused('FusedDepthwiseConv2D'),
};

function fused(kernel: string): ForwardConv {
  return (x, filter, { stride, padding: [top, bottom, left, right], dilation }, { bias, relu } = {}) => {
    const none = top === 0 && bottom === 0 && left === 0 && right === 0;
    const attributes = {
      strides: stride,
      pad: none
        ? 'valid'
        : [
            [0, 0],
            [top, bottom],
            [left, right],
            [0, 0],
          ],
      dilations: dilation,
      dataFormat: 'NHWC',
      dimRoundingMode: null,
      activation: relu === true ? 'relu' : 'linear',
      leakyreluAlpha: null,
    };
    const inputs = bias === undefined ? { x, filter } : { x, filter, bias };
    return runKernel(kernel, inputs, attributes);
  };
}

/** Runs a kernel of the active backend that returns one tensor. */
export function runKernel<T extends tf.Tensor = Tensor4D>(name: string, inputs: object, attributes: object = {}): T {
  return tf.engine().runKernel<T>(name, inputs as NamedTensorMap, attributes as unknown as NamedAttrMap);
}
