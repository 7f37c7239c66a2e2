// Cross-entropy, the loss of a classifier: the mean over the batch of -log softmax(logits)[label]. Its gradient is
// (softmax - one-hot) / batch.
import { defineLoss } from './loss.ts';
import type { LossValue, Output } from './loss.ts';

export const crossEntropy = defineLoss({
  name: 'cross-entropy',
  doc: 'Mean of -log softmax(logits)[label]. The score is the number of images whose largest logit is at their label.',
  unit: 'nats',
  of: softmaxCrossEntropy,
});

/** Computes loss, score and gradient in float64. */
function softmaxCrossEntropy({ values: logits, shape }: Output, labels: ArrayLike<number>): LossValue {
  const [batch, classes] = shape as readonly [number, number];
  if (shape.length !== 2 || labels.length !== batch)
    throw new RangeError(`${labels.length} labels do not fit logits [${shape.join(', ')}]`);
  const gradient = new Float32Array(logits.length);
  let [loss, correct] = [0, 0];
  for (let image = 0; image < batch; image++) {
    const label = labels[image] as number;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`label ${label} is not among ${classes} classes`);
    }
    const start = image * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) if ((logits[start + k] as number) > (logits[start + best] as number)) best = k;
    const largest = logits[start + best] as number; // subtracted to prevent an overflow of exp
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] as number) - largest);
    loss += Math.log(sum) + largest - (logits[start + label] as number);
    if (best === label) correct++;
    for (let k = 0; k < classes; k++) {
      const share = Math.exp((logits[start + k] as number) - largest) / sum;
      gradient[start + k] = (share - (k === label ? 1 : 0)) / batch;
    }
  }
  return { loss: loss / batch, score: correct, gradient };
}
