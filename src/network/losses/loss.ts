// Card of a training loss: a function of the network's output and the target, with its gradient. The function uses
// plain numbers instead of tensors, because outputs are small and the loss must be read from the backend anyway.

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
   * Score of the batch, for people: the sum of one score per image. In a classifier, the score of an image is 1 if the
   * image is classified correctly, else 0.
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
   * @param target values for all images, one image after the other, with the same number of values per image
   * @throws RangeError if the target does not fit the output
   */
  readonly of: (output: Output, target: ArrayLike<number>) => LossValue;
}

export function defineLoss(card: Loss): Loss {
  return Object.freeze(card);
}
