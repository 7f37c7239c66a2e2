// Memory need of a training, estimated from the shapes of the network before anything is computed. The factors are
// upper bounds, with a margin, on the growth of the resident memory, measured with resnet8, 20, 44 and small-conv at
// batches of 64 to 512 on tensorflow and wasm.
import { outputShapes } from '../../../network/shapes.ts';
import { elementCount } from '../../../network/tensor.ts';
import { expectedTensors, type Architecture } from '../../../network/zoo/architecture.ts';
import { fail, failure } from '../../../runtime/contracts/failure.ts';
import { batchBounds } from './batches.ts';

const FLOAT_BYTES = 4;
/**
 * Memory of temporaries in addition to the activations, in units of the largest layer's activations. Measured: up to 10
 * in residual networks, 23.4 in small-conv on wasm.
 */
const TEMPORARIES = 28;
/**
 * Memory of an evaluation, in units of the largest layer's activations. An evaluation frees activations early.
 * Measured: up to 5.4.
 */
const EVALUATION = 6;
/**
 * Number of arrays as large as the weights: the weights as read, the weights on the backend, the gradients, the
 * velocities, and copies of weights and velocities while a checkpoint is written.
 */
const COPIES_OF_WEIGHTS = 6;
/** Number of images evaluated at a time if memory is not bounded; larger numbers are not faster. */
const EVALUATED = 250;

interface Sizes {
  /** Count of values per image in the input and all layers together. */
  readonly all: number;
  /** Count of values per image in the largest layer. */
  readonly largest: number;
}

function sizesOf(architecture: Architecture): Sizes {
  const sizes = [...outputShapes(architecture).values()].map(elementCount);
  return { all: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(...sizes) };
}

/**
 * Upper bound on the bytes of a training with batches of `batch` images, not counting the images and the process
 * itself.
 */
export function trainingBytes(architecture: Architecture, batch: number): number {
  const { all, largest } = sizesOf(architecture);
  const weights = expectedTensors(architecture).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return FLOAT_BYTES * (batch * (all + TEMPORARIES * largest) + COPIES_OF_WEIGHTS * weights);
}

/** Returns the number of images that can be evaluated at a time within `memory` bytes. */
export function evaluatedAtATime(architecture: Architecture, memory = Infinity): number {
  const bytes = FLOAT_BYTES * EVALUATION * sizesOf(architecture).largest;
  return Math.max(1, Math.min(EVALUATED, Math.floor(memory / bytes)));
}

interface Training {
  readonly images: number;
  /** Bytes of all images, which stay in memory throughout. */
  readonly data: number;
  /** Largest number of images per batch. */
  readonly batch: number;
  /** Bytes that the task may use; no bound if undefined. */
  readonly memory: number | undefined;
}

/**
 * Throws `FailureError` (`training-too-large`) if a batch does not fit into memory. A batch is never split: batch-norms
 * need the whole batch, and even without batch-norms a different order of summation would give a different network
 * after thousands of updates.
 */
export function requireMemory(architecture: Architecture, { images, data, batch, memory }: Training): void {
  const [from, to] = batchBounds(images, batch).at(-1) ?? [0, 0];
  const needed = data + trainingBytes(architecture, to - from);
  if (memory === undefined || needed <= memory) return;
  fail(
    failure('training-too-large', {
      batch: to - from,
      needed,
      memory,
      data,
      least: data + trainingBytes(architecture, 1),
    }),
  );
}
