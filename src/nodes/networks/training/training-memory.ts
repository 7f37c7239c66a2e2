// What a training needs of memory, known from the shapes of the network before anything is computed. The factors are bounds from
// above, with some room, on the growth of the resident set, measured with resnet8, 20, 44 and small-conv at batches of 64 to 512 on tensorflow and wasm.
import { outputShapes } from '../../../network/shapes.ts';
import { elementCount } from '../../../network/tensor.ts';
import { expectedTensors, type Architecture } from '../../../network/zoo/architecture.ts';
import { formatBytes } from '../../../runtime/contracts/byte-size.ts';
import { fail } from '../../../runtime/contracts/failure.ts';
import { batchBounds } from './batches.ts';

const FLOAT_BYTES = 4;
/** Temporaries beside the activations, in activations of the largest layer: up to 10 in residual networks, 23.4 in small-conv on wasm. */
const TEMPORARIES = 28;
/** The same in an evaluation, which keeps no activation longer than it is needed: up to 5.4. */
const EVALUATION = 6;
/** Weights as read, on the backend, their gradients, velocities, and both on their way to a checkpoint. */
const COPIES_OF_WEIGHTS = 6;
const EVALUATED = 250;

interface Sizes {
  /** Numbers per image: of the input and all layers, and of the largest layer. */
  readonly all: number;
  readonly largest: number;
}

function sizesOf(architecture: Architecture): Sizes {
  const sizes = [...outputShapes(architecture).values()].map(elementCount);
  return { all: sizes.reduce((sum, size) => sum + size, 0), largest: Math.max(...sizes) };
}

/** Bytes that a training with batches of `batch` images takes at most, beyond its data and what its process takes anyway. */
export function trainingBytes(architecture: Architecture, batch: number): number {
  const { all, largest } = sizesOf(architecture);
  const weights = expectedTensors(architecture).reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return FLOAT_BYTES * (batch * (all + TEMPORARIES * largest) + COPIES_OF_WEIGHTS * weights);
}

/** How many images can be evaluated at a time in `memory` bytes; as many as are good for speed where there is no bound. */
export function evaluatedAtATime(architecture: Architecture, memory = Infinity): number {
  const bytes = FLOAT_BYTES * EVALUATION * sizesOf(architecture).largest;
  return Math.max(1, Math.min(EVALUATED, Math.floor(memory / bytes)));
}

interface Training {
  readonly images: number;
  /** Bytes of all images that are held meanwhile. */
  readonly data: number;
  /** Images per step, at most. */
  readonly batch: number;
  /** Bytes; no bound if undefined. */
  readonly memory: number | undefined;
}

/**
 * Fails with `too-little-memory` where a batch does not fit. A batch is never split: batch-norms see all of it, and even without
 * them sums in another order would, after thousands of steps, be another network.
 */
export function requireMemory(architecture: Architecture, { images, data, batch, memory }: Training): void {
  const [from, to] = batchBounds(images, batch).at(-1) ?? [0, 0];
  const needed = data + trainingBytes(architecture, to - from);
  if (memory === undefined || needed <= memory) return;
  fail({
    reason: 'too-little-memory',
    headline: `a training with batches of ${to - from} needs about ${formatBytes(needed)}, --memory leaves ${formatBytes(memory)}`,
    values: {
      'of it the images': formatBytes(data),
      'with batches of 1': formatBytes(data + trainingBytes(architecture, 1)),
    },
    help: 'Use a smaller `batch`, give --memory more, or run fewer at once with --jobs.',
  });
}
