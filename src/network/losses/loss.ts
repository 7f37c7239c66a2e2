// The goal of a training as a card: how far an output is from its target, and in which direction it improves. In plain numbers, since
// outputs are few and the loss is read back anyway. No tensor library.

/** The output of a network for a batch. */
export interface Output {
  /** Row-major. */
  readonly values: ArrayLike<number>;
  /** [batch, ...] */
  readonly shape: readonly number[];
}

export interface LossValue {
  /** Mean loss over the batch, in the unit of the card. */
  readonly loss: number;
  /** dloss/doutput, row-major, of the shape of the output. */
  readonly gradient: Float32Array;
  /** Sum over the batch of a number per image that people read: 1 for an image classified right, 0 for another. */
  readonly score: number;
}

export interface Loss {
  /** kebab-case; equals the file name. */
  readonly name: string;
  /** One sentence. */
  readonly doc: string;
  /** Unit of `loss`, e.g. nats. */
  readonly unit: string;
  /** @param target an equal number of values per image, one image after the other. @throws RangeError where it does not fit */
  readonly of: (output: Output, target: ArrayLike<number>) => LossValue;
}

export function defineLoss(card: Loss): Loss {
  return Object.freeze(card);
}
