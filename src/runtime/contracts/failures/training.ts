// Failures of training and of training data.
import { formatBytes } from '../byte-size.ts';
import type { Words } from '../words.ts';

export const trainingFailures = {
  /** The loss of a training became infinite or NaN. */
  diverged: ({ epoch, batch, learningRate }: Diverged): Words => ({
    headline: 'the training diverged: its loss is no longer finite',
    values: { epoch, batch, 'learning rate': learningRate },
    help: 'Lower `learning_rate` (try a tenth of it) or set `warm_up` to one or two epochs; check that `options.std` is not tiny.',
  }),
  /** The images and batches of a training do not fit into the memory that the task may use. */
  'training-too-large': ({ batch, needed, memory, data, least }: TrainingTooLarge): Words => ({
    headline: `training with batches of ${batch} needs about ${formatBytes(needed)}, but --memory leaves ${formatBytes(memory)}`,
    values: { 'images alone': formatBytes(data), 'needed with batches of 1': formatBytes(least) },
    help: 'Use a smaller `batch`, raise --memory, or lower --jobs, so that fewer steps share the memory.',
  }),
  /** Images of different sizes where all must have the same size. */
  'image-sizes': ({ dataset }: { readonly dataset: string }): Words => ({
    headline: 'the images have different sizes',
    values: { 'data set': dataset },
    help: 'Load them with `size`, which resizes all of them.',
  }),
  /** The validation images and the training images differ in size, channels or classes. */
  'other-validation': ({ training, validation }: OtherValidation): Words => ({
    headline: 'the validation images do not fit the training images',
    values: { training, validation },
    help: 'Both need the same size, channels and classes.',
  }),
} as const;

export interface Diverged {
  /** Number of the epoch, counted from 1. */
  readonly epoch: number;
  /** Number of the batch, counted from 1. */
  readonly batch: number;
  readonly learningRate: number;
}

/** Sizes are in bytes. */
export interface TrainingTooLarge {
  /** Images per training step. */
  readonly batch: number;
  readonly needed: number;
  readonly memory: number;
  readonly data: number;
  /** Memory that a training with batches of one image needs. */
  readonly least: number;
}

export interface OtherValidation {
  /** Description with name, size and classes. */
  readonly training: string;
  readonly validation: string;
}
