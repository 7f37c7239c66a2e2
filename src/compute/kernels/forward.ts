// The forward convolutions that every tfjs backend has, called as kernels: the operations of tfjs-core refuse stride and dilation
// together, which the kernels can do. Everything composed (gradients, transposed maps) is made of these two.
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry, Padding, Pair } from './geometry.ts';

export interface Window {
  readonly stride: Pair;
  /** Not negative: see `fitBorders`. */
  readonly padding: Padding;
  readonly dilation: Pair;
}

/** What is done to a result on its way out, in this order. */
export interface Finish {
  /** Per channel. */
  readonly bias?: Tensor1D | undefined;
  /** Of the result's shape; given only to what says that it takes one. */
  readonly addend?: Tensor | undefined;
  readonly relu?: boolean | undefined;
}

/** What a dense or a depthwise convolution is made of. */
export interface ConvolutionKernels {
  readonly forward: ForwardConv;
  readonly filterGradient: FilterGradient;
  /**
   * dL/dx, `size` high and wide, from dL/dy; asked where a stride is greater than 1. Without it dL/dx is composed of forward passes.
   * @param turned [kh, kw, out, in]; depthwise [kh, kw, channels, 1]
   */
  readonly stridedInputGradient?: (dy: Tensor4D, turned: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;
}

/** dL/dfilter [kh, kw, in / groups, out] from x and dL/dy, for filters of `size`. */
export type FilterGradient = (x: Tensor4D, dy: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;

/** A dense or depthwise convolution; depthwise filters are [kh, kw, channels, multiplier]. */
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

/** Runs a kernel of the active backend that gives one tensor. */
export function runKernel<T extends tf.Tensor = Tensor4D>(name: string, inputs: object, attributes: object = {}): T {
  return tf.engine().runKernel<T>(name, inputs as NamedTensorMap, attributes as unknown as NamedAttrMap);
}
