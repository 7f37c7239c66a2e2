// Convolutions (dense, depthwise, or in groups) and their derivatives, composed of the kernels of a backend.
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { denseConvolution } from './dense-convolution.ts';
import { depthwiseConvolution } from './depthwise-convolution.ts';
import type { ConvolutionKernels } from './forward.ts';
import type { ConvGeometry } from './geometry.ts';
import { groupedConvolution } from './grouped-convolution.ts';
import type { Convolution } from './kernels.ts';

export function composedConvolution(
  convs: Readonly<Record<'dense' | 'depthwise', ConvolutionKernels>>,
  filter: Tensor4D,
  geometry: ConvGeometry,
): Convolution {
  const dense = (part: Tensor4D, window: ConvGeometry): Convolution => denseConvolution(convs.dense, part, window);
  if (geometry.groups === 1) return dense(filter, geometry);
  if (filter.shape[2] === 1) return depthwiseConvolution(convs.depthwise, filter, geometry);
  return groupedConvolution(dense, filter, geometry);
}
