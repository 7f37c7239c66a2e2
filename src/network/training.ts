// A network whose weights change: loss, weight gradients, batch statistics, and the update rule. Loops, schedules and data are
// for others. Parameters are named `layer/slot`, as `conv1/weight`.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend } from '../compute/backend.ts';
import { loadWeights, neededLayers } from './compile.ts';
import { fuseLayers } from './fuse.ts';
import type { Network } from './network.ts';
import { batchNormTraining } from './ops/batch-norm-training.ts';
import type { BatchStatistics } from './ops/batch-norm-training.ts';
import { MAKE_OPERATOR, manifestLayout, weightLayout } from './ops/index.ts';
import type { Operator } from './ops/operator.ts';
import { softmaxCrossEntropy } from './ops/softmax-cross-entropy.ts';
import { makeProgram, runBackward, runForward } from './program.ts';
import type { Program, Trace } from './program.ts';
import type { Shape } from './shapes.ts';
import type { Tensor as StoredTensor, TensorBlobs } from './tensor.ts';

/** Weight of the newest batch in the running statistics of batch-norms. */
const STATISTICS_MOMENTUM = 0.1;

export interface Parameter {
  /** In the layout of the arithmetic: convolutions [kh, kw, in, out], linear [in, out]. */
  readonly value: Tensor;
  /** Takes `next`, of the same shape, and frees the old value. */
  assign(next: Tensor): void;
}

export interface TrainingStep {
  /** Mean cross-entropy of the batch before any update, in nats. */
  readonly loss: number;
  readonly correct: number;
  /** dloss/dparameter, in the layout of `Parameter.value`. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  dispose(): void;
}

export interface Trainable {
  /** What is trained. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Running means and variances of batch-norms: changed by `step`, used by `predict`. */
  readonly statistics: ReadonlyMap<string, Parameter>;
  /** Loss and gradients with batch statistics; updates the running statistics (momentum 0.1, unbiased variance). */
  step(x: Tensor4D, labels: ArrayLike<number>): Promise<TrainingStep>;
  /** Logits [batch, classes] with the running statistics. */
  predict(x: Tensor4D): Promise<Tensor>;
  /** All parameters and statistics in the layout of manifests. */
  export(): Promise<Map<string, StoredTensor>>;
  /** Takes values as `export` gives them. @throws RangeError for unknown names and other shapes */
  import(values: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/** Compiles a classifier for training. @throws FailureError as `compileNetwork` */
export async function compileTrainable(
  network: Network,
  read: TensorBlobs['read'],
  backend: Backend,
): Promise<Trainable> {
  const { kernels } = backend;
  const { layers, shapes } = neededLayers(network, [network.output]);
  const weights = await loadWeights(layers, read);
  const all = new Map<string, Parameter>();
  for (const [layer, slots] of weights) {
    for (const slot of Object.keys(slots)) all.set(`${layer}/${slot}`, parameterOf(slots, slot));
  }
  const isStatistic = (name: string): boolean => /\/running_(mean|var)$/u.test(name);
  const statistics = new Map([...all].filter(([name]) => isStatistic(name)));
  const outputs = new Set([network.output]);

  const makeProgramFor = (purpose: 'training' | 'prediction'): Program => {
    const operators = new Map<string, Operator>();
    for (const layer of layers) {
      const inputShapes = layer.inputs.map((name) => shapes.get(name) as Shape);
      const outputShape = shapes.get(layer.name) as Shape;
      const context = { layer, weights: weights.get(layer.name)!, kernels, inputShapes, outputShape };
      const isBatchNorm = purpose === 'training' && layer.op === 'batch-norm';
      const made = isBatchNorm
        ? batchNormTraining(context, (batch) => updateStatistics(statistics, layer.name, batch))
        : MAKE_OPERATOR[layer.op]!(context);
      operators.set(layer.name, made);
    }
    return makeProgram(fuseLayers(layers, operators, outputs), outputs);
  };

  return {
    parameters: new Map([...all].filter(([name]) => !isStatistic(name))),
    statistics,
    async step(x, labels) {
      const program = makeProgramFor('training');
      const gradients = new Map<string, Tensor>();
      const seeds = new Map<string, Tensor>();
      let trace: Trace | undefined;
      try {
        trace = runForward(program, x, 'all-gradients');
        const logits = trace.values.get(network.output) as Tensor;
        const { loss, correct, gradient } = softmaxCrossEntropy(await logits.data(), labels);
        seeds.set(network.output, tf.tensor(gradient, logits.shape));
        runBackward(program, trace, seeds, kernels, (layer, slots) => {
          for (const [slot, value] of Object.entries(slots)) gradients.set(`${layer}/${slot}`, value);
        })?.dispose();
        return { loss, correct, gradients, dispose: () => tf.dispose([...gradients.values()]) };
      } finally {
        trace?.dispose();
        tf.dispose([...seeds.values()]);
        program.steps.forEach(({ operator }) => operator.dispose());
      }
    },
    async predict(x) {
      // Batch-norms look at their vectors while they are made, which they can on a GPU only once these have been read.
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

function parameterOf(slots: Record<string, Tensor>, slot: string): Parameter {
  return {
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
  { mean, variance, count }: BatchStatistics,
): void {
  const unbiased = count > 1 ? count / (count - 1) : 1;
  const news = [
    ['running_mean', mean, STATISTICS_MOMENTUM],
    ['running_var', variance, STATISTICS_MOMENTUM * unbiased],
  ] as const;
  for (const [slot, value, factor] of news) {
    const parameter = statistics.get(`${layer}/${slot}`) as Parameter;
    parameter.assign(
      tf.tidy(() => tf.add<Tensor1D>(tf.mul(parameter.value, 1 - STATISTICS_MOMENTUM), tf.mul(value, factor))),
    );
  }
}

async function exportValues(
  parameters: ReadonlyMap<string, { readonly value: Tensor }>,
): Promise<Map<string, StoredTensor>> {
  const values = new Map<string, StoredTensor>();
  for (const [name, { value }] of parameters) {
    const stored = tf.transpose(value, manifestLayout(value.rank));
    values.set(name, { shape: stored.shape, data: Float32Array.from(await stored.data()) });
    stored.dispose();
  }
  return values;
}

function importValues(parameters: ReadonlyMap<string, Parameter>, values: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, { shape, data }] of values) {
    const parameter = parameters.get(name);
    if (parameter === undefined) throw new RangeError(`there is no parameter ${name}`);
    parameter.assign(tf.tidy(() => tf.transpose(tf.tensor(data, [...shape], 'float32'), weightLayout(shape.length))));
  }
}

export interface Sgd {
  /** Velocity v <- momentum v + gradient + weightDecay w; weight w <- w - learningRate v. */
  update(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void;
  /** Velocities so far, named and laid out as by `Trainable.export`. */
  export(): Promise<Map<string, StoredTensor>>;
  import(values: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/** Stochastic gradient descent with momentum. Weight decay is for convolutions and linear layers, not for vectors. */
export function sgdMomentum(
  parameters: Trainable['parameters'],
  { momentum, weight_decay }: { readonly momentum: number; readonly weight_decay: number },
): Sgd {
  const velocities = new Map<string, Parameter>();
  for (const [name, { value }] of parameters)
    velocities.set(name, parameterOf({ velocity: tf.zerosLike(value) }, 'velocity'));
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
