// Converts the layers of a network to the steps of a program. An addition or a ReLU is fused into the layer before it
// if the operator of that layer supports the fusion and no other layer reads the output of that layer. Each fusion
// saves one pass over all values in memory.
import type { Layer } from './network.ts';
import type { Operator } from './ops/operator.ts';
import type { Step } from './program.ts';

/**
 * Converts layers to steps, fusing additions and ReLUs.
 * @param layers layers in topological order
 * @param outputs names of layers whose values are outputs and must be computed
 */
export function fuseLayers(
  layers: readonly Layer[],
  operators: ReadonlyMap<string, Operator>,
  outputs: ReadonlySet<string>,
): Step[] {
  const reads = new Map<string, number>();
  for (const name of layers.flatMap(({ inputs }) => inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const steps = new Map<string, Step>();
  /** Returns the step with this name if only the current layer reads its value, else undefined. */
  const privateStep = (name: string): Step | undefined =>
    reads.get(name) === 1 && !outputs.has(name) ? steps.get(name) : undefined;

  for (const { name, op, inputs } of layers) {
    const before = inputs.map(privateStep);
    const [first] = before;
    if (op === 'relu' && first?.operator.fusesRelu === true) {
      steps.delete(first.name);
      steps.set(name, { ...first, name, relu: true });
      continue;
    }
    const adder =
      op === 'add' && inputs.length === 2 ? before.find((step) => step !== undefined && canAdd(step)) : undefined;
    if (adder !== undefined) {
      const addend = inputs.find((input) => input !== adder.name) as string;
      steps.delete(adder.name);
      steps.set(name, { ...adder, name, inputs: [...adder.inputs, addend] });
      continue;
    }
    steps.set(name, { name, layer: name, inputs, relu: false, operator: operators.get(name)! });
  }
  return [...steps.values()];
}

/**
 * Returns true if an addition can be fused into this step of the program. A step takes at most one addition, which must come before its
 * ReLU.
 */
function canAdd({ operator, inputs, relu }: Step): boolean {
  return operator.fusesAdd === true && inputs.length === 1 && !relu;
}
