// Sums values over the units of each group of a sigma grid, for a whole batch on the backend. Also broadcasts the value
// of each group to its units.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { SigmaGrid } from './sigma-grid.ts';
import { expand } from './sigma-grid.ts';

/** Sums `values` over the units of each group: [batch, height, width, channels] -> [batch, groups]. */
export function groupSums(grid: SigmaGrid, values: Tensor4D): Tensor2D {
  return tf.tidy(() => {
    const { planes, rows, columns } = grid;
    const [batch, height, width] = values.shape;
    let sums: tf.Tensor = planes === 1 ? tf.sum(values, 3) : tf.transpose(values, [0, 3, 1, 2]);
    if (columns < width) {
      sums = tf.matMul(tf.reshape(sums, [batch * planes * height, width]), membership(width, columns));
    }
    if (rows < height) {
      const down = tf.transpose(tf.reshape(sums, [batch * planes, height, columns]), [0, 2, 1]);
      const pooled = tf.matMul(tf.reshape(down, [batch * planes * columns, height]), membership(height, rows));
      sums = tf.transpose(tf.reshape(pooled, [batch * planes, columns, rows]), [0, 2, 1]);
    }
    return tf.reshape(sums, [batch, grid.groups]);
  });
}

/** Broadcasts the value of each group to its units: [1, height, width, channels]. */
export function perUnit(grid: SigmaGrid, values: ArrayLike<number>): Tensor4D {
  return tf.tensor4d(expand(grid, values), [1, ...grid.inputShape]);
}

/** Converts values, one per group, to a tensor [1, groups]. */
export function perGroup(values: ArrayLike<number>): Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [1, values.length]);
}

/**
 * Returns the sum of squares of each image: [batch, height, width, channels] -> [batch]. Rows are summed first, which
 * reduces float32 rounding errors for large images.
 */
export function sumsOfSquares(values: Tensor4D): Tensor1D {
  return tf.tidy(() => {
    const [batch, height, width, channels] = values.shape;
    const lines = tf.reshape(tf.square(values), [batch, height, width * channels]);
    return tf.sum(tf.sum(lines, 2), 1);
  });
}

/**
 * Membership matrix [fine, coarse] along one direction: entry (i, j) is 1 if row (or column) i of the image lies in row
 * (or column) j of the grid, else 0.
 */
function membership(fine: number, coarse: number): Tensor2D {
  const matrix = new Float32Array(fine * coarse);
  for (let i = 0; i < fine; i++) matrix[i * coarse + Math.floor((i * coarse) / fine)] = 1;
  return tf.tensor2d(matrix, [fine, coarse]);
}
