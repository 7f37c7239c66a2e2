// Runs the steps of a compiled network forwards and backwards. Keeps of the forward pass only what derivatives will need, and
// frees every tensor as soon as nothing needs it any more. Knows steps and tensors, not what operators compute.
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../compute/kernels/kernels.ts';
import type { Operator } from './ops/operator.ts';

/** A layer, together with the ReLU after it where the operator can do that on the way. */
export interface Step {
  /** The layer whose value this is. */
  readonly name: string;
  /** Layer of the operator: another one than `name` where a ReLU was fused. */
  readonly layer: string;
  readonly inputs: readonly string[];
  readonly relu: boolean;
  readonly operator: Operator;
}

/** `value`: outputs only. `input-gradient`, `all-gradients`: outputs, and what these derivatives need. */
export type Purpose = 'value' | 'input-gradient' | 'all-gradients';

/** The tensors left over from a forward pass, by layer; `input` is the caller's. */
export interface Trace {
  readonly values: ReadonlyMap<string, Tensor>;
  /** Frees everything but `input`. */
  dispose(): void;
}

/** Runs all steps on x [batch, height, width, channels]. */
export function runForward(steps: readonly Step[], x: Tensor, outputs: ReadonlySet<string>, purpose: Purpose): Trace {
  const values = new Map<string, Tensor>([['input', x]]);
  const dispose = (): void => {
    for (const [name, value] of values) if (name !== 'input') value.dispose();
    values.clear();
  };
  const readers = countReaders(steps);
  const kept = keptValues(steps, outputs, purpose);
  try {
    for (const step of steps) {
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
    dispose(); // out of memory, for one: leave none behind
    throw error;
  }
}

/**
 * Pulls gradients back through all steps to the input. Seeds (gradients with respect to layers) stay the caller's.
 * @param onWeights takes, for each layer with weights, their gradients, which become its own
 * @returns the gradient with respect to `input`; none where no seed depends on it
 */
export function runBackward(
  steps: readonly Step[],
  trace: Trace,
  seeds: ReadonlyMap<string, Tensor>,
  kernels: Kernels,
  onWeights?: (layer: string, gradients: Readonly<Record<string, Tensor>>) => void,
): Tensor | undefined {
  const gradients = new Map<string, Tensor>();
  for (const [name, seed] of seeds) gradients.set(name, seed.clone());
  try {
    for (const step of steps.toReversed()) {
      const dy = takeGradient(gradients, step, trace, kernels);
      if (dy === undefined) continue;
      const kept = {
        inputs: step.inputs.map((name) => trace.values.get(name) as Tensor),
        output: trace.values.get(step.name) as Tensor,
      };
      if (onWeights && step.operator.weightGradients) {
        onWeights(step.layer, step.operator.weightGradients(dy, kept));
      }
      const wanted = onWeights === undefined || step.inputs.some((name) => name !== 'input');
      const parts = wanted ? step.operator.inputGradients(dy, kept) : []; // training has no use for dL/dinput
      dy.dispose();
      parts.forEach((part, i) => addGradient(gradients, step.inputs[i] as string, part));
    }
    const result = gradients.get('input');
    gradients.delete('input');
    return result;
  } finally {
    tf.dispose([...gradients.values()]);
  }
}

/** The gradient of a step's value, taken out of the map and, where a ReLU was fused, pulled back through it. */
function takeGradient(gradients: Map<string, Tensor>, step: Step, trace: Trace, kernels: Kernels): Tensor | undefined {
  const dy = gradients.get(step.name);
  gradients.delete(step.name);
  if (dy === undefined || !step.relu) return dy;
  const before = kernels.reluGradient(dy, trace.values.get(step.name) as Tensor);
  dy.dispose();
  return before;
}

function addGradient(gradients: Map<string, Tensor>, name: string, part: Tensor): void {
  const sum = gradients.get(name);
  gradients.set(name, sum === undefined ? part : tf.add(sum, part));
  if (sum !== undefined) tf.dispose([sum, part]);
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
