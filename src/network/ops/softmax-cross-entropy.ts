// The loss of a classifier: -log softmax(logits)[label], mean over the batch, in nats; its gradient is (softmax - one-hot) / batch.
// In plain float64: logits are few, and the loss has to be read back anyway.

export interface ClassifierLoss {
  readonly loss: number;
  /** How many images have the largest logit at their label; of equal logits the first counts. */
  readonly correct: number;
  /** dL/dlogits [batch, classes]. */
  readonly gradient: Float32Array;
}

/** @param logits [batch, classes] row-major; @throws RangeError for a label that is no class */
export function softmaxCrossEntropy(logits: ArrayLike<number>, labels: ArrayLike<number>): ClassifierLoss {
  const batch = labels.length;
  const classes = logits.length / batch;
  const gradient = new Float32Array(logits.length);
  let [loss, correct] = [0, 0];
  for (let image = 0; image < batch; image++) {
    const label = labels[image] as number;
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new RangeError(`label ${label} is none of ${classes} classes`);
    }
    const start = image * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) if ((logits[start + k] as number) > (logits[start + best] as number)) best = k;
    const largest = logits[start + best] as number; // taken off, so that exp cannot overflow
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp((logits[start + k] as number) - largest);
    loss += Math.log(sum) + largest - (logits[start + label] as number);
    if (best === label) correct++;
    for (let k = 0; k < classes; k++) {
      const share = Math.exp((logits[start + k] as number) - largest) / sum;
      gradient[start + k] = (share - (k === label ? 1 : 0)) / batch;
    }
  }
  return { loss: loss / batch, correct, gradient };
}
