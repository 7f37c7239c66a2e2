// Turns layers into steps: an addition or a ReLU joins the layer before it where the operator of that layer can do it on the way and
// nobody else reads the value in between. That saves passes over the whole image.
import type { Layer } from './network.ts';
import type { Operator } from './ops/operator.ts';
import type { Step } from './program.ts';

/** @param layers in order, each after those that it reads */
export function fuseLayers(
  layers: readonly Layer[],
  operators: ReadonlyMap<string, Operator>,
  outputs: ReadonlySet<string>,
): Step[] {
  const reads = new Map<string, number>();
  for (const name of layers.flatMap(({ inputs }) => inputs)) reads.set(name, (reads.get(name) ?? 0) + 1);
  const steps = new Map<string, Step>();
  /** The step of that name, if only the current layer reads its value. */
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

/** True for a step that can take an addend: it adds before its ReLU, and one addend only. */
function canAdd({ operator, inputs, relu }: Step): boolean {
  return operator.fusesAdd === true && inputs.length === 1 && !relu;
}
