// Compiles a network to functions of tensors: uploads the weights to the backend, creates the operators, and fuses
// additions and ReLUs where possible (`fuse.ts`). Derivatives come from the operators; there is no automatic
// differentiation.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend } from '../compute/backend.ts';
import type { FeatureMap } from '../math/feature-map.ts';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { fuseLayers } from './fuse.ts';
import type { Layer, Network, Shape } from './network.ts';
import { findOperator, OPERATOR_NAMES } from './operators/find-operator.ts';
import { attributesOf, computedOrder } from './operators/operator-card.ts';
import type { OperatorCard } from './operators/operator-card.ts';
import type { Arithmetic, OperatorContext } from './ops/operator.ts';
import { makeProgram, runBackward, runForward } from './program.ts';
import type { Trace } from './program.ts';
import { outputShapes } from './shapes.ts';
import { elementCount, readTensor } from './tensor.ts';
import type { Tensor as StoredTensor, TensorBlobs } from './tensor.ts';

/**
 * Compiled network with one or several outputs. The value of an output is a tensor [batch, ...shape]; images have
 * channels last.
 */
export interface CompiledNetwork {
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: readonly [number, number, number];
  /** Shape of each output for one image, by layer name. */
  readonly outputShapes: ReadonlyMap<string, Shape>;
  /** Computes the value of each output, by layer name, from x [B,H,W,C]. The caller disposes of the values. */
  readonly forward: (x: Tensor4D) => ReadonlyMap<string, Tensor>;
  /**
   * Computes the values of the outputs, and their pullback. The pullback maps gradients dL/dvalue, by layer name, to
   * dL/dx [B,H,W,C]. It accepts gradients for any of the outputs, sums their contributions, and may be called several
   * times. `dispose` frees the values and the tensors that the pullback reads.
   */
  linearize(x: Tensor4D): {
    readonly values: ReadonlyMap<string, Tensor>;
    readonly pullback: (seeds: ReadonlyMap<string, Tensor>) => Tensor4D;
    readonly dispose: () => void;
  };
  /** Frees the weights. */
  dispose(): void;
}

/**
 * Compiles the part of a network that computes `outputs` (names of layers, not aliases).
 * @throws FailureError `unsupported-layer` if an operator or attribute is not supported
 * @throws RangeError if shapes do not fit (see `outputShapes`)
 */
export async function compileNetwork(
  network: Network,
  outputs: readonly string[],
  read: TensorBlobs['read'],
  backend: Backend,
): Promise<CompiledNetwork> {
  const { layers, shapes } = neededLayers(network, outputs);
  const [weights, arithmetic] = await Promise.all([loadWeights(layers, read), loadArithmetic(layers)]);
  const wanted = new Set(outputs);
  const contextOf = operatorContexts(shapes, weights, backend);
  const operators = new Map(
    layers.map((layer) => [layer.name, arithmetic.get(layer.op)!.make(contextOf(layer))] as const),
  );
  const program = makeProgram(fuseLayers(layers, operators, wanted), wanted);
  const { kernels } = backend;
  const { height, width, channels } = network.input;
  const pick = (trace: Trace): Map<string, Tensor> =>
    new Map(outputs.map((name) => [name, trace.values.get(name) as Tensor]));
  return {
    inputShape: [height, width, channels],
    outputShapes: new Map(outputs.map((name) => [name, shapes.get(name) as Shape])),
    forward: (x) => pick(runForward(program, x, 'value')),
    linearize(x) {
      const trace = runForward(program, x, 'input-gradient');
      const pullback = (seeds: ReadonlyMap<string, Tensor>): Tensor4D =>
        (runBackward(program, trace, seeds, kernels) as Tensor4D | undefined) ?? tf.zerosLike(x);
      return { values: pick(trace), pullback, dispose: () => trace.dispose() };
    },
    dispose() {
      operators.forEach((operator) => operator.dispose());
      weights.forEach((slots) => tf.dispose(slots));
    },
  };
}

/**
 * Compiles a network to a feature map. The features are the values of the network's output, flattened in the order
 * [height, width, channels].
 */
export async function compileFeatureMap(
  network: Network,
  read: TensorBlobs['read'],
  backend: Backend,
): Promise<FeatureMap> {
  const { output } = network;
  const compiled = await compileNetwork(network, [output], read, backend);
  const shape = compiled.outputShapes.get(output) as Shape;
  const features = elementCount(shape);
  const flat = (values: ReadonlyMap<string, Tensor>): Tensor =>
    tf.reshape(values.get(output) as Tensor, [-1, features]);
  return {
    inputShape: compiled.inputShape,
    features,
    forward(x) {
      const values = compiled.forward(x);
      const f = flat(values);
      values.get(output)?.dispose();
      return f;
    },
    linearize(x) {
      const { values, pullback, dispose } = compiled.linearize(x);
      const f = flat(values);
      return {
        f,
        pullback(u) {
          const seed = tf.reshape(u, [-1, ...shape]);
          const dx = pullback(new Map([[output, seed]]));
          seed.dispose();
          return dx;
        },
        dispose() {
          f.dispose();
          dispose();
        },
      };
    },
    dispose: () => compiled.dispose(),
  };
}

/**
 * Returns the layers on which the outputs depend, in the order of the network, and their output shapes by layer name.
 */
export function neededLayers(
  network: Network,
  outputs: readonly string[],
): { layers: readonly Layer[]; shapes: ReadonlyMap<string, Shape> } {
  const needed = new Set(outputs);
  for (const layer of network.layers.toReversed()) {
    if (needed.has(layer.name)) layer.inputs.forEach((name) => needed.add(name));
  }
  const layers = network.layers.filter(({ name }) => needed.has(name));
  for (const { name, op } of layers) {
    if (findOperator(op) === undefined)
      fail(failure('unsupported-layer', { layer: name, operator: op, operators: OPERATOR_NAMES }));
  }
  const shapes = outputShapes({ input: network.input, layers });
  for (const name of outputs) if (!shapes.has(name)) throw new RangeError(`there is no layer ${name}`);
  return { layers, shapes };
}

/** Converts a stored weight to a tensor with its axes in the order that the operator's arithmetic expects. */
export function toComputed(op: string, slot: string, { data, shape }: StoredTensor): Tensor {
  const order = computedOrder(cardOf(op).weights[slot]!);
  return tf.tidy(() => tf.transpose(tf.tensor(data, [...shape], 'float32'), order));
}

/**
 * Loads the weights as tensors, by layer and slot. Their axes are in the order that the operator's arithmetic expects.
 */
export async function loadWeights(
  layers: readonly Layer[],
  read: TensorBlobs['read'],
): Promise<Map<string, Record<string, Tensor>>> {
  const stored = await Promise.all(
    layers.map((layer) =>
      Promise.all(
        Object.entries(layer.weights).map(async ([slot, ref]) => [slot, await readTensor(ref, read)] as const),
      ),
    ),
  );
  const weights = new Map<string, Record<string, Tensor>>();
  layers.forEach(({ name, op }, i) => {
    const slots = stored[i]!.map(([slot, tensor]) => [slot, toComputed(op, slot, tensor)] as const);
    weights.set(name, Object.fromEntries(slots));
  });
  return weights;
}

/** Returns the card of an operator. The card exists, because `neededLayers` has checked all operators. */
function cardOf(op: string): OperatorCard {
  return findOperator(op)!;
}

/** Loads the arithmetic of every operator that the layers use, by operator name. */
export async function loadArithmetic(layers: readonly Layer[]): Promise<ReadonlyMap<string, Arithmetic>> {
  const ops = [...new Set(layers.map(({ op }) => op))];
  return new Map(await Promise.all(ops.map(async (op) => [op, (await cardOf(op).load()) as Arithmetic] as const)));
}

/** Returns a function that gives, for a layer, the context from which its operator is created. */
export function operatorContexts(
  shapes: ReadonlyMap<string, Shape>,
  weights: ReadonlyMap<string, Readonly<Record<string, Tensor>>>,
  { kernels }: Backend,
): (layer: Layer) => OperatorContext {
  return (layer) => ({
    attributes: attributesOf(cardOf(layer.op), layer),
    weights: weights.get(layer.name)!,
    kernels,
    inputShapes: layer.inputs.map((name) => shapes.get(name)!),
    outputShape: shapes.get(layer.name)!,
  });
}
