// A second loss, for tests: mean over the images of sum (output - target)^2. The score is the negative sum over images.
import { defineLoss } from '../../../src/network/losses/loss.ts';

export const squaredError = defineLoss({
  name: 'squared-error',
  doc: 'Squared distance between output and target.',
  unit: '1',
  of({ values, shape }, target) {
    const batch = shape[0]!;
    if (target.length !== values.length) throw new RangeError('the target does not fit the output');
    const differences = Array.from({ length: values.length }, (_, i) => values[i]! - target[i]!);
    const sum = differences.reduce((total, difference) => total + difference ** 2, 0);
    return {
      loss: sum / batch,
      gradient: Float32Array.from(differences, (difference) => (2 * difference) / batch),
      score: -sum,
    };
  },
});
