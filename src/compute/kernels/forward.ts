// The two forward convolutions that every tfjs backend has: dense and depthwise. They are called as kernels, because
// the operations of tfjs-core reject a stride together with a dilation, although the kernels support both. Gradients
// and transposes are composed of these two convolutions.
import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry, Padding, Pair } from './geometry.ts';

export interface Window {
  readonly stride: Pair;
  /** Padding. `ForwardConv` requires values of at least 0; `exactConv` accepts negative values too. */
  readonly padding: Padding;
  readonly dilation: Pair;
}

/** Operations that follow a kernel, in the order of the fields. A kernel may perform them in its own pass. */
export interface Finish {
  /** Bias, one value per channel. */
  readonly bias?: Tensor1D | undefined;
  /** Tensor to add, with the shape of the result. Only convolutions with `takesAddend` accept it. */
  readonly addend?: Tensor | undefined;
  readonly relu?: boolean | undefined;
}

/** Kernels of a dense or depthwise convolution. */
export interface ConvolutionKernels {
  readonly forward: ForwardConv;
  readonly filterGradient: FilterGradient;
  /**
   * Computes dL/dx, with height and width `size`, from dL/dy for strides greater than 1. If the method is absent, dL/dx
   * is composed of forward convolutions.
   * @param turned filter [kh, kw, out, in], whose channel axes are exchanged; [kh, kw, channels, 1] if depthwise
   */
  readonly stridedInputGradient?: (dy: Tensor4D, turned: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;
}

/** Computes dL/dfilter [kh, kw, in / groups, out] from x and dL/dy, for filters of height and width `size`. */
export type FilterGradient = (x: Tensor4D, dy: Tensor4D, size: Pair, geometry: ConvGeometry) => Tensor4D;

/** Computes a dense or depthwise convolution. Depthwise filters are [kh, kw, channels, multiplier]. */
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
