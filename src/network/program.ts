// Executes the steps of a compiled network forwards and backwards. Tensors are freed as soon as no step needs them.
// After a forward pass, only the tensors that derivatives read remain. This file knows steps and tensors, but not what
// operators compute.
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../compute/kernels/kernels.ts';
import type { Operator } from './ops/operator.ts';

/** A layer, with the addition and the ReLU that were fused into its operator. */
export interface Step {
  /** Name of the layer whose value the step computes. */
  readonly name: string;
  /** Layer of the operator. It differs from `name` if later layers were fused into it. */
  readonly layer: string;
  /** Inputs of the operator, followed by the addend of a fused addition. */
  readonly inputs: readonly string[];
  readonly relu: boolean;
  readonly operator: Operator;
}

/**
 * Purpose of a forward pass. `value`: outputs only. `input-gradient` and `all-gradients`: outputs, and the tensors that
 * these derivatives read.
 */
export type Purpose = 'value' | 'input-gradient' | 'all-gradients';

/** Tensors that remain after a forward pass, by layer. The caller owns `input`. */
export interface Trace {
  readonly values: ReadonlyMap<string, Tensor>;
  /** Frees all tensors except `input`. */
  dispose(): void;
}

/** Steps with properties that do not depend on the image. */
export interface Program {
  readonly steps: readonly Step[];
  /** Number of steps that read a layer. */
  readonly readers: ReadonlyMap<string, number>;
  /** Layers whose values remain after a forward pass, by its purpose. */
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
 * Pulls gradients back through all steps to the input. The caller owns the seeds (gradients with respect to layers).
 * @param onWeights receives and owns the gradients of the weights, layer by layer
 * @returns the gradient with respect to `input`; undefined if no seed depends on it
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
      const parts = wanted ? step.operator.inputGradients(dy, kept) : []; // unused in training
      parts.forEach((part, i) => gradients.add(step.inputs[i] as string, part));
      gradients.drop(step.name);
    }
    return gradients.take('input');
  } finally {
    gradients.dispose();
  }
}

/** Gradients by layer. Several layers may share one tensor, which is freed with the last of them. */
class Gradients {
  readonly #kernels: Kernels;
  readonly #byLayer = new Map<string, Tensor>();

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  of(layer: string): Tensor | undefined {
    return this.#byLayer.get(layer);
  }

  /** Replaces the gradient of the layer. */
  set(layer: string, gradient: Tensor): void {
    const old = this.#byLayer.get(layer);
    this.#byLayer.set(layer, gradient);
    if (old !== undefined) this.#release(old);
  }

  /** Adds to the gradient of the layer. */
  add(layer: string, part: Tensor): void {
    const sum = this.#byLayer.get(layer);
    this.set(layer, sum === undefined ? part : this.#kernels.add(sum, part));
    this.#release(part);
  }

  drop(layer: string): void {
    const gradient = this.take(layer);
    if (gradient !== undefined) this.#release(gradient);
  }

  /** Transfers the gradient to the caller. No other layer may share it. */
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
