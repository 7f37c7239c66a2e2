// conv: y[i, j, o] = bias[o] + sum_{u, v, c} w[u, v, c, o] x[i s_h + u d_h - top, j s_w + v d_w - left, c], with zeros
// outside the image. With groups, an output channel reads only the input channels of its own group.
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry } from '../../compute/kernels/geometry.ts';
import type { MakeOperator, Operator } from './operator.ts';
import { sumOverPositions } from './sums.ts';

export const make: MakeOperator<ConvGeometry> = ({ attributes, weights, kernels, inputShapes }): Operator => {
  const [height, width] = inputShapes[0] as [number, number, number];
  const filter = weights['weight'] as Tensor4D;
  const bias = weights['bias'] as Tensor1D | undefined;
  const map = kernels.convolution(filter, attributes);
  return {
    fusesRelu: true,
    fusesAdd: map.takesAddend && bias !== undefined,
    keeps: [],
    forward: ([x, addend], relu) => map.forward(x as Tensor4D, { bias, addend, relu }),
    inputGradients: (dy, { inputs: [, ...addend] }) => [
      map.inputGradient(dy as Tensor4D, [height, width]),
      ...addend.map(() => dy),
    ],
    weightGradients: (dy, { inputs: [x] }) => ({
      weight: map.filterGradient(x as Tensor4D, dy as Tensor4D),
      ...(bias && { bias: sumOverPositions(kernels, dy) }),
    }),
    dispose: () => map.dispose(),
  };
};
