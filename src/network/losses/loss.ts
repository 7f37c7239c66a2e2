// Card of a training loss: a function of the network's output and the target, with its gradient. It works on plain
// numbers, because outputs are small and the loss is read back from the backend anyway. No tensor library.

/** The output of a network for a batch. */
export interface Output {
  /** Values, row-major. */
  readonly values: ArrayLike<number>;
  /** Shape: [batch, ...]. */
  readonly shape: readonly number[];
}

export interface LossValue {
  /** Mean loss over the batch, in the unit of the card. */
  readonly loss: number;
  /** Gradient dloss/doutput, row-major, with the shape of the output. */
  readonly gradient: Float32Array;
  /**
   * Sum over the batch of a score per image for people: for a classifier, 1 if the image is classified correctly, else
   * 0.
   */
  readonly score: number;
}

export interface Loss {
  /** Name in kebab-case; equal to the file name. */
  readonly name: string;
  /** Description in one sentence. */
  readonly doc: string;
  /** Unit of `loss`, e.g. nats. */
  readonly unit: string;
  /**
   * Computes loss, gradient and score.
   * @param target the same number of values for each image, one image after the other
   * @throws RangeError if it does not fit the output
   */
  readonly of: (output: Output, target: ArrayLike<number>) => LossValue;
}

export function defineLoss(card: Loss): Loss {
  return Object.freeze(card);
}
