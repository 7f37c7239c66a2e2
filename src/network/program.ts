// Executes the steps of a compiled network forwards and backwards. Tensors are freed as soon as no step needs them.
// After a forward pass, only the outputs and the tensors that derivatives read remain. This file does not depend on
// what the operators compute.
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../compute/kernels/kernels.ts';
import type { Operator } from './ops/operator.ts';

/** A layer, with the addition and the ReLU that were fused into its operator, if any. */
export interface Step {
  /** Name of the layer whose value the step computes. */
  readonly name: string;
  /**
   * Name of the layer whose operator the step executes. It differs from `name` if later layers were fused into this
   * operator.
   */
  readonly layer: string;
  /** Names of the operator's inputs, followed by the addend if an addition was fused. */
  readonly inputs: readonly string[];
  readonly relu: boolean;
  readonly operator: Operator;
}

/**
 * Purpose of a forward pass. It determines which tensors remain after the pass. `value`: only the outputs.
 * `input-gradient`: also the tensors that the gradient of the input requires. `all-gradients`: also the tensors that
 * the gradients of the weights require.
 */
export type Purpose = 'value' | 'input-gradient' | 'all-gradients';

/** Tensors that remain after a forward pass, by layer name. The caller owns the tensor `input`. */
export interface Trace {
  readonly values: ReadonlyMap<string, Tensor>;
  /** Frees all tensors except `input`. */
  dispose(): void;
}

/** Steps of a compiled network, with data about them that is the same for every image. */
export interface Program {
  readonly steps: readonly Step[];
  /** Number of steps that read the value of a layer, by layer name. */
  readonly readers: ReadonlyMap<string, number>;
  /** Names of the layers whose values remain after a forward pass, by the purpose of the pass. */
  readonly kept: Readonly<Record<Purpose, ReadonlySet<string>>>;
}

export function makeProgram(steps: readonly Step[], outputs: ReadonlySet<string>): Program {
  const kept = (purpose: Purpose): Set<string> => keptValues(steps, outputs, purpose);
  return {
    steps,
    readers: countReaders(steps),
    kept: {
      value: kept('value'),
      'input-gradient': kept('input-gradient'),
      'all-gradients': kept('all-gradients'),
    },
  };
}

/** Executes all steps on x [batch, height, width, channels]. */
export function runForward(program: Program, x: Tensor, purpose: Purpose): Trace {
  const values = new Map<string, Tensor>([['input', x]]);
  const dispose = (): void => {
    for (const [name, value] of values) if (name !== 'input') value.dispose();
    values.clear();
  };
  const readers = new Map(program.readers);
  const kept = program.kept[purpose];
  try {
    for (const step of program.steps) {
      const inputs = step.inputs.map((name) => values.get(name) as Tensor);
      values.set(step.name, step.operator.forward(inputs, step.relu));
      for (const name of step.inputs) {
        const left = (readers.get(name) as number) - 1;
        readers.set(name, left);
        if (left > 0 || kept.has(name)) continue;
        values.get(name)?.dispose();
        values.delete(name);
      }
    }
    return { values, dispose };
  } catch (error) {
    dispose(); // e.g. out of memory
    throw error;
  }
}

/**
 * Computes gradients by a backward pass through all steps.
 * @param seeds gradients with respect to the outputs of layers, by layer name; they belong to the caller
 * @param onWeights receives and owns the gradients of the weights, layer by layer
 * @returns the gradient with respect to `input`; undefined if no layer with a seed depends on `input`. With
 * `onWeights`, this gradient is incomplete, because the contribution of steps that read only `input` is not computed.
 */
export function runBackward(
  program: Program,
  trace: Trace,
  seeds: ReadonlyMap<string, Tensor>,
  kernels: Kernels,
  onWeights?: (layer: string, gradients: Readonly<Record<string, Tensor>>) => void,
): Tensor | undefined {
  const gradients = new Gradients(kernels);
  for (const [name, seed] of seeds) gradients.add(name, seed.clone());
  try {
    for (const step of program.steps.toReversed()) {
      const after = gradients.of(step.name);
      if (after === undefined) continue;
      const dy = step.relu ? kernels.reluGradient(after, trace.values.get(step.name) as Tensor) : after;
      gradients.set(step.name, dy);
      const kept = {
        inputs: step.inputs.map((name) => trace.values.get(name) as Tensor),
        output: trace.values.get(step.name) as Tensor,
      };
      if (onWeights && step.operator.weightGradients) {
        onWeights(step.layer, step.operator.weightGradients(dy, kept));
      }
      const wanted = onWeights === undefined || step.inputs.some((name) => name !== 'input');
      const parts = wanted ? step.operator.inputGradients(dy, kept) : []; // training needs no gradient of the image
      parts.forEach((part, i) => gradients.add(step.inputs[i] as string, part));
      gradients.drop(step.name);
    }
    return gradients.take('input');
  } finally {
    gradients.dispose();
  }
}

/**
 * Gradients by layer name. Several layers may share one tensor. It is freed when the last of these layers releases it.
 */
class Gradients {
  readonly #kernels: Kernels;
  readonly #byLayer = new Map<string, Tensor>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  of(layer: string): Tensor | undefined {
    return this.#byLayer.get(layer);
  }

  /** Replaces the gradient of the layer by `gradient`. */
  set(layer: string, gradient: Tensor): void {
    const old = this.#byLayer.get(layer);
    this.#byLayer.set(layer, gradient);
    if (old !== undefined) this.#release(old);
  }

  /** Adds `part` to the gradient of the layer. */
  add(layer: string, part: Tensor): void {
    const sum = this.#byLayer.get(layer);
    this.set(layer, sum === undefined ? part : this.#kernels.add(sum, part));
    this.#release(part);
  }

  drop(layer: string): void {
    const gradient = this.take(layer);
    if (gradient !== undefined) this.#release(gradient);
  }

  /**
   * Removes the gradient of the layer and returns it; undefined if the layer has none. The caller owns the tensor,
   * unless another layer shares it.
   */
  take(layer: string): Tensor | undefined {
    const gradient = this.#byLayer.get(layer);
    this.#byLayer.delete(layer);
    return gradient;
  }

  #release(gradient: Tensor): void {
    for (const held of this.#byLayer.values()) if (held === gradient) return;
    gradient.dispose();
  }

  dispose(): void {
    tf.dispose([...this.#byLayer.values()]);
    this.#byLayer.clear();
  }
}

function countReaders(steps: readonly Step[]): Map<string, number> {
  const readers = new Map<string, number>();
  for (const { inputs } of steps) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

function keptValues(steps: readonly Step[], outputs: ReadonlySet<string>, purpose: Purpose): Set<string> {
  const kept = new Set([...outputs, 'input']);
  if (purpose === 'value') return kept;
  for (const { name, inputs, relu, operator } of steps) {
    if (relu || operator.keeps.includes('output')) kept.add(name);
    const forWeights = purpose === 'all-gradients' && operator.weightGradients !== undefined;
    if (forWeights || operator.keeps.includes('inputs')) inputs.forEach((input) => kept.add(input));
  }
  return kept;
}
