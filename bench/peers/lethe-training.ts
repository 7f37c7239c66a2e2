// Training with Lethe in a race: iterations of SGD with momentum on one batch, as in `train-network`.
import type * as tf from '@tensorflow/tfjs-core';
import type { Backend } from '../../src/compute/backend.ts';
import { crossEntropy } from '../../src/network/losses/cross-entropy.ts';
import type { Network } from '../../src/network/network.ts';
import { compileTrainable, sgdMomentum } from '../../src/network/training.ts';
import type { Sgd, Trainable } from '../../src/network/training.ts';
import type { TensorBlobs } from '../../src/network/tensor.ts';

const LEARNING_RATE = 0.01;
const WEIGHT_DECAY = 1e-4;

export class Learner {
  readonly losses: number[] = [];
  readonly #trainable: Trainable;
  readonly #optimiser: Sgd;
  readonly #x: tf.Tensor4D;
  readonly #labels: readonly number[];

  private constructor(trainable: Trainable, x: tf.Tensor4D, labels: readonly number[]) {
    this.#trainable = trainable;
    this.#optimiser = sgdMomentum(trainable.parameters, { momentum: 0.9, weight_decay: WEIGHT_DECAY });
    this.#x = x;
    this.#labels = labels;
  }

  static async open(
    network: Network,
    read: TensorBlobs['read'],
    backend: Backend,
    x: tf.Tensor4D,
    labels: readonly number[],
  ): Promise<Learner> {
    return new Learner(await compileTrainable(network, read, backend, crossEntropy), x, labels);
  }

  async step(): Promise<void> {
    const step = await this.#trainable.step(this.#x, this.#labels);
    this.#optimiser.update(step.gradients, LEARNING_RATE);
    step.dispose();
    this.losses.push(step.loss);
  }
}
