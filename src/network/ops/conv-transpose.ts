// conv-transpose: the transpose of a convolution (as a linear map), plus bias. Every input pixel adds the filter,
// multiplied by the pixel's value, to the output. The filters of neighbouring pixels are one stride apart. The gradient
// with respect to the input is the convolution itself. `output_padding` adds rows and columns to the output at the
// bottom and right.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry } from '../../compute/kernels/geometry.ts';
import type { MakeOperator, Operator } from './operator.ts';
import { sumOverPositions } from './sums.ts';

export const make: MakeOperator<ConvGeometry> = ({
  attributes,
  weights,
  kernels,
  inputShapes,
  outputShape,
}): Operator => {
  const [height, width] = outputShape as [number, number, number];
  const [h, w] = inputShapes[0] as [number, number, number];
  const filter = weights['weight'] as Tensor4D;
  const bias = weights['bias'] as Tensor1D | undefined;
  const { padding, stride, dilation, groups } = attributes;
  const [kh, kw] = filter.shape;
  // Computes the bottom or right padding of the convolution of which this operator is the transpose. The convolution
  // maps images of the operator's output size to its input size. With this padding, the last window ends exactly at the
  // end of the padded image.
  const after = (axis: 0 | 1, kernel: number, size: number, out: number, before: number): number =>
    (size - 1) * stride[axis] + (kernel - 1) * dilation[axis] + 1 - out - before;
  const map = kernels.convolution(filter, {
    stride,
    dilation,
    groups,
    padding: [padding[0], after(0, kh, h, height, padding[0]), padding[2], after(1, kw, w, width, padding[2])],
  });
  return {
    fusesRelu: false,
    keeps: [],
    forward: ([x]) => {
      const y = map.inputGradient(x as Tensor4D, [height, width]);
      if (bias === undefined) return y;
      const sum = tf.add(y, bias);
      y.dispose();
      return sum;
    },
    inputGradients: (dy) => [map.forward(dy as Tensor4D)],
    weightGradients: (dy, { inputs: [x] }) => ({
      weight: map.filterGradient(dy as Tensor4D, x as Tensor4D),
      ...(bias && { bias: sumOverPositions(kernels, dy) }),
    }),
    dispose: () => map.dispose(),
  };
};
