// A network with trainable weights: gradients of a loss, batch statistics, and the update rule. Loops, schedules and
// data are elsewhere. Parameters are named `layer/slot`, for example `conv1/weight`.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend } from '../compute/backend.ts';
import { loadArithmetic, loadWeights, neededLayers, operatorContexts, toComputed } from './compile.ts';
import { fuseLayers } from './fuse.ts';
import type { Loss } from './losses/loss.ts';
import type { Network } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import { storedOrder } from './operators/operator-card.ts';
import type { WeightSlot } from './operators/operator-card.ts';
import type { BatchStatistic } from './ops/operator.ts';
import { makeProgram, runBackward, runForward } from './program.ts';
import type { Program, Trace } from './program.ts';
import type { Tensor as StoredTensor, TensorBlobs } from './tensor.ts';

/** Factor of the newest batch in the running statistics, as in PyTorch. */
const STATISTICS_MOMENTUM = 0.1;

export interface Parameter {
  /** Value, with its axes in the order of the arithmetic: convolutions [kh, kw, in, out], linear [in, out]. */
  readonly value: Tensor;
  /** Operator of the layer. */
  readonly op: string;
  /** Slot of the weight, as on the card of the operator. */
  readonly slot: string;
  /** Replaces the value by `next`, which must have the same shape, and frees the old value. */
  assign(next: Tensor): void;
}

export interface TrainingStep {
  /** Mean loss over the batch, before any update. */
  readonly loss: number;
  /** Sum of the scores of the batch's images, before any update. */
  readonly score: number;
  /** Gradients dloss/dparameter, with the axes of `Parameter.value`. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  dispose(): void;
}

export interface Trainable {
  /** Trainable weights by parameter name. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Running statistics by parameter name. `step` updates them, `predict` uses them. */
  readonly statistics: ReadonlyMap<string, Parameter>;
  /**
   * Computes loss and gradients with batch statistics, and updates the running statistics (one tenth from the batch,
   * nine tenths from before).
   * @param target target as the loss expects it
   */
  step(x: Tensor4D, target: ArrayLike<number>): Promise<TrainingStep>;
  /** Computes the output of the network, [batch, ...], with the running statistics. */
  predict(x: Tensor4D): Promise<Tensor>;
  /** Returns all parameters and statistics by name, with axes in the order of storage. */
  export(): Promise<Map<string, StoredTensor>>;
  /**
   * Restores values in the form that `export` returns.
   * @throws RangeError for an unknown name or a wrong shape
   */
  import(values: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/**
 * Compiles a network for training with `loss`.
 * @throws FailureError in the cases in which `compileNetwork` throws
 */
export async function compileTrainable(
  network: Network,
  read: TensorBlobs['read'],
  backend: Backend,
  loss: Loss,
): Promise<Trainable> {
  const { kernels } = backend;
  const { layers, shapes } = neededLayers(network, [network.output]);
  const [weights, arithmetic] = await Promise.all([loadWeights(layers, read), loadArithmetic(layers)]);
  const all = new Map<string, Parameter>();
  for (const { name, op } of layers) {
    const slots = weights.get(name)!;
    for (const slot of Object.keys(slots)) all.set(`${name}/${slot}`, parameterOf(slots, op, slot));
  }
  const isStatistic = (parameter: Parameter): boolean => slotOf(parameter).isStatistic === true;
  const statistics = new Map([...all].filter(([, parameter]) => isStatistic(parameter)));
  const contextOf = operatorContexts(shapes, weights, backend);
  const outputs = new Set([network.output]);

  const makeProgramFor = (purpose: 'training' | 'prediction'): Program => {
    const made = layers.map((layer) => {
      const { make, makeForTraining } = arithmetic.get(layer.op)!;
      const context = contextOf(layer);
      const update = (batch: readonly BatchStatistic[]): void => updateStatistics(statistics, layer.name, batch);
      const trains = purpose === 'training' && makeForTraining !== undefined;
      return [layer.name, trains ? makeForTraining(context, update) : make(context)] as const;
    });
    const operators = new Map(made);
    return makeProgram(fuseLayers(layers, operators, outputs), outputs);
  };

  return {
    parameters: new Map([...all].filter(([, parameter]) => !isStatistic(parameter))),
    statistics,
    async step(x, target) {
      const program = makeProgramFor('training');
      const gradients = new Map<string, Tensor>();
      const seeds = new Map<string, Tensor>();
      let trace: Trace | undefined;
      try {
        trace = runForward(program, x, 'all-gradients');
        const output = trace.values.get(network.output) as Tensor;
        const { gradient, ...made } = loss.of({ values: await output.data(), shape: output.shape }, target);
        seeds.set(network.output, tf.tensor(gradient, output.shape));
        runBackward(program, trace, seeds, kernels, (layer, slots) => {
          for (const [slot, value] of Object.entries(slots)) gradients.set(`${layer}/${slot}`, value);
        })?.dispose();
        return { ...made, gradients, dispose: () => tf.dispose([...gradients.values()]) };
      } finally {
        trace?.dispose();
        tf.dispose([...seeds.values()]);
        program.steps.forEach(({ operator }) => operator.dispose());
      }
    },
    async predict(x) {
      // A new batch-norm reads its vectors synchronously. On a GPU, this works only after the values have been fetched.
      await Promise.all([...all.values()].filter(({ value }) => value.rank === 1).map(({ value }) => value.data()));
      const program = makeProgramFor('prediction');
      const { values } = runForward(program, x, 'value');
      program.steps.forEach(({ operator }) => operator.dispose());
      return values.get(network.output) as Tensor;
    },
    export: () => exportValues(all),
    import: (values) => importValues(all, values),
    dispose: () => weights.forEach((slots) => tf.dispose(slots)),
  };
}

function slotOf({ op, slot }: Pick<Parameter, 'op' | 'slot'>): WeightSlot {
  return findOperator(op)!.weights[slot]!;
}

function parameterOf(slots: Record<string, Tensor>, op: string, slot: string): Parameter {
  return {
    op,
    slot,
    get value() {
      return slots[slot] as Tensor;
    },
    assign(next) {
      const old = slots[slot] as Tensor;
      if (next.shape.join() !== old.shape.join())
        throw new RangeError(`${slot}: [${next.shape.join(', ')}] is not [${old.shape.join(', ')}]`);
      slots[slot] = tf.keep(next);
      old.dispose();
    },
  };
}

function updateStatistics(
  statistics: ReadonlyMap<string, Parameter>,
  layer: string,
  batch: readonly BatchStatistic[],
): void {
  for (const { slot, value, correction } of batch) {
    const parameter = statistics.get(`${layer}/${slot}`) as Parameter;
    const factor = STATISTICS_MOMENTUM * correction;
    parameter.assign(tf.tidy(() => tf.add(tf.mul(parameter.value, 1 - STATISTICS_MOMENTUM), tf.mul(value, factor))));
  }
}

async function exportValues(
  parameters: ReadonlyMap<string, Pick<Parameter, 'value' | 'op' | 'slot'>>,
): Promise<Map<string, StoredTensor>> {
  const values = new Map<string, StoredTensor>();
  for (const [name, parameter] of parameters) {
    const stored = tf.transpose(parameter.value, storedOrder(slotOf(parameter)));
    values.set(name, { shape: stored.shape, data: Float32Array.from(await stored.data()) });
    stored.dispose();
  }
  return values;
}

function importValues(parameters: ReadonlyMap<string, Parameter>, values: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, stored] of values) {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new RangeError(`there is no parameter ${name}`);
    parameter.assign(toComputed(parameter.op, parameter.slot, stored));
  }
}

export interface Sgd {
  /**
   * Updates every velocity, v <- momentum v + gradient + weightDecay w, and then its weight, w <- w - learningRate v.
   */
  update(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void;
  /** Returns the velocities, with names and axes as in `Trainable.export`. */
  export(): Promise<Map<string, StoredTensor>>;
  import(values: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/**
 * Creates stochastic gradient descent with momentum. Weight decay applies to the weights of convolutions and linear
 * layers, but not to vectors such as biases.
 */
export function sgdMomentum(
  parameters: Trainable['parameters'],
  { momentum, weight_decay }: { readonly momentum: number; readonly weight_decay: number },
): Sgd {
  const velocities = new Map<string, Parameter>();
  for (const [name, { value, op, slot }] of parameters)
    velocities.set(name, parameterOf({ [slot]: tf.zerosLike(value) }, op, slot));
  return {
    update(gradients, learningRate) {
      for (const [name, gradient] of gradients) {
        const weight = parameters.get(name) as Parameter;
        const velocity = velocities.get(name) as Parameter;
        const decays = weight_decay !== 0 && weight.value.rank > 1;
        velocity.assign(
          tf.tidy(() => {
            const push = decays ? tf.add(gradient, tf.mul(weight.value, weight_decay)) : gradient;
            return tf.add(tf.mul(velocity.value, momentum), push);
          }),
        );
        weight.assign(tf.tidy(() => tf.sub(weight.value, tf.mul(velocity.value, learningRate))));
      }
    },
    export: () => exportValues(velocities),
    import: (values) => importValues(velocities, values),
    dispose: () => tf.dispose([...velocities.values()].map(({ value }) => value)),
  };
}
