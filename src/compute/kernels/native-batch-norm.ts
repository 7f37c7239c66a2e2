// Batch normalisation by TensorFlow's own operations. They take a few passes over the images; a composition of other
// kernels takes a dozen.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { BatchNorm } from './kernels.ts';
import type { NativeOperations } from './native-operations.ts';

export function nativeBatchNorm(native: NativeOperations): BatchNorm {
  return {
    forward: (x, { gamma, beta, epsilon }, relu) =>
      tf.tidy(() => {
        const channels = x.shape.at(-1)!;
        const image = asImage(x);
        const vectors = [gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels])] as [Tensor1D, Tensor1D];
        const { y, mean, unbiased, reserve } = native.batchNorm(image, ...vectors, epsilon);
        const count = x.size / channels;
        const variance = tf.mul<Tensor1D>(unbiased, (count - 1) / count);
        const rectified = native.finish(y, { relu });
        return {
          y: tf.reshape(rectified, x.shape),
          mean,
          variance,
          kept: [image.clone(), vectors[0].clone(), ...reserve],
        };
      }),
    gradients: (dy, { kept }, { epsilon }) =>
      tf.tidy(() => {
        const [image, gamma, ...reserve] = kept as [Tensor4D, Tensor1D, ...Tensor[]];
        const { dx, ...vectors } = native.batchNormGradients(asImage(dy), image, gamma, reserve, epsilon);
        return { dx: tf.reshape(dx, dy.shape), ...vectors };
      }),
  };
}

/** Reshapes vectors [batch, channels] to images of one pixel. */
function asImage(x: Tensor): Tensor4D {
  return x.rank === 4 ? (x as Tensor4D) : tf.reshape(x, [x.shape[0], 1, 1, x.shape.at(-1)!]);
}
