// The training loop: epochs, batches, history, checkpoints. The arithmetic is in a `Learner`; this file knows no tensor
// library and no loss. Every epoch has its own stream of random numbers, so a training resumed after any epoch gives
// the same result.
import type { Row } from '../../../runtime/contracts/artifact.ts';
import { fail, failure } from '../../../runtime/contracts/failure.ts';
import type { Random } from '../../../math/random.ts';
import type { InputSpec } from '../../../network/network.ts';
import type { Tensor } from '../../../network/tensor.ts';
import { batchBounds, makeBatch, shuffled, type Augmentation, type Batch, type ImageStack } from './batches.ts';
import type { TrainingState } from './checkpoint.ts';
import { learningRateAt, type Schedule } from './learning-rate.ts';

/** Loss and score of a batch, as the card of the loss (`network/losses/`) defines them. */
export interface BatchScore {
  /** Mean over the batch. */
  readonly loss: number;
  /** Sum over the batch. */
  readonly score: number;
}

/** A network that can be trained, on any backend. */
export interface Learner {
  /** Updates the weights once by stochastic gradient descent. Returns loss and score before the update. */
  step(batch: Batch, learningRate: number): Promise<BatchScore>;
  /** Returns loss and score without an update. Batch-norms use their running statistics. */
  evaluate(batch: Batch): Promise<BatchScore>;
  state(): Promise<{ readonly weights: ReadonlyMap<string, Tensor>; readonly momentum: ReadonlyMap<string, Tensor> }>;
  dispose(): void;
}

export interface TrainingPlan extends Schedule {
  readonly batch: number;
  readonly augmentation: Augmentation;
  readonly input: InputSpec;
  /** Number of images evaluated at a time. It changes results only by rounding. */
  readonly evaluated: number;
  /** Random numbers from which the stream of every epoch is split. */
  readonly random: Random;
}

export interface TrainingData {
  readonly training: ImageStack;
  readonly validation?: ImageStack;
}

export interface TrainingHooks {
  readonly signal: AbortSignal;
  progress(done: number, total: number, unit: string): void;
  /** Saves a checkpoint; called after every epoch. */
  save(state: TrainingState): Promise<void>;
}

/**
 * Trains from `start` (completed epochs and their history) to the end. Returns the whole history. Its columns are
 * epoch, learning_rate, loss, score, validation_loss and validation_score. Losses and scores are means over the images.
 * Throws `FailureError` (`diverged`) if a loss is not finite.
 */
export async function train(
  learner: Learner,
  data: TrainingData,
  plan: TrainingPlan,
  hooks: TrainingHooks,
  start: Pick<TrainingState, 'epoch' | 'history'>,
): Promise<readonly Row[]> {
  let history = start.history;
  for (let epoch = start.epoch; epoch < plan.epochs; epoch++) {
    const score = await trainEpoch(learner, data.training, plan, hooks, epoch);
    const validation = data.validation && (await evaluate(learner, data.validation, plan, hooks.signal));
    if (validation && !Number.isFinite(validation.loss))
      diverged(epoch, Math.ceil(data.training.count / plan.batch) - 1, learningRateAt(epoch + 0.5, plan));
    const row: Row = {
      epoch: epoch + 1,
      learning_rate: learningRateAt(epoch + 0.5, plan),
      ...score,
      validation_loss: validation?.loss ?? null,
      validation_score: validation?.score ?? null,
    };
    history = [...history, row];
    await hooks.save({ epoch: epoch + 1, history, ...(await learner.state()) });
  }
  return history;
}

/** Loss and score, both as means over all images. */
type Score = BatchScore;

async function trainEpoch(
  learner: Learner,
  stack: ImageStack,
  plan: TrainingPlan,
  hooks: TrainingHooks,
  epoch: number,
): Promise<Score> {
  const random = plan.random.split(`epoch/${epoch}`);
  const order = shuffled(stack.count, random);
  const bounds = batchBounds(stack.count, plan.batch);
  const scores: (readonly [BatchScore, number])[] = [];
  for (const [k, [from, to]] of bounds.entries()) {
    hooks.signal.throwIfAborted();
    const batch = makeBatch(stack, order.subarray(from, to), plan.input, { augmentation: plan.augmentation, random });
    const rate = learningRateAt(epoch + (k + 0.5) / bounds.length, plan);
    const score = await learner.step(batch, rate);
    if (!Number.isFinite(score.loss)) diverged(epoch, k, rate);
    scores.push([score, batch.count]);
    hooks.progress(epoch * stack.count + to, plan.epochs * stack.count, 'images');
  }
  return total(scores);
}

/** Returns the mean loss and score over all images, without augmentation. */
export async function evaluate(
  learner: Pick<Learner, 'evaluate'>,
  stack: ImageStack,
  { input, evaluated }: Pick<TrainingPlan, 'input' | 'evaluated'>,
  signal: AbortSignal,
): Promise<Score> {
  const order = Uint32Array.from({ length: stack.count }, (_, i) => i);
  const scores: (readonly [BatchScore, number])[] = [];
  for (const [from, to] of batchBounds(stack.count, evaluated)) {
    signal.throwIfAborted();
    scores.push([await learner.evaluate(makeBatch(stack, order.subarray(from, to), input)), to - from]);
  }
  return total(scores);
}

function total(scores: readonly (readonly [BatchScore, number])[]): Score {
  const count = scores.reduce((sum, [, n]) => sum + n, 0);
  return {
    loss: scores.reduce((sum, [{ loss }, n]) => sum + loss * n, 0) / count,
    score: scores.reduce((sum, [{ score }]) => sum + score, 0) / count,
  };
}

function diverged(epoch: number, batch: number, learningRate: number): never {
  return fail(failure('diverged', { epoch: epoch + 1, batch: batch + 1, learningRate }));
}
