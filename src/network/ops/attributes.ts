// Reading the attributes of layers. What is missing has its default; what is wrong is refused with the layer's name.
import type { ConvGeometry, Pair, Padding } from '../../compute/kernels/geometry.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import type { Layer } from '../network.ts';

export function pairAttribute(layer: Layer, name: string, fallback: Pair = [1, 1], least = 1): Pair {
  const value = layer.attributes[name];
  if (value === undefined) return fallback;
  if (isNumbers(value, 2, least)) return value as unknown as Pair;
  return refuse(layer, name, `two whole numbers of at least ${least}`);
}

export function paddingAttribute(layer: Layer): Padding {
  const value = layer.attributes['padding'];
  if (value === undefined) return [0, 0, 0, 0];
  if (isNumbers(value, 4, 0)) return value as unknown as Padding;
  return refuse(layer, 'padding', 'four whole numbers: top, bottom, left, right');
}

export function numberAttribute(layer: Layer, name: string, fallback: number): number {
  const value = layer.attributes[name] ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return refuse(layer, name, 'a number');
}

export function flagAttribute(layer: Layer, name: string, fallback: boolean): boolean {
  const value = layer.attributes[name] ?? fallback;
  if (typeof value === 'boolean') return value;
  return refuse(layer, name, 'true or false');
}

export function convGeometry(layer: Layer): ConvGeometry {
  return {
    stride: pairAttribute(layer, 'stride'),
    padding: paddingAttribute(layer),
    dilation: pairAttribute(layer, 'dilation'),
    groups: numberAttribute(layer, 'groups', 1),
  };
}

/** Refuses attributes that an operator does not know: ignoring them would compute something else. */
export function expectAttributes(layer: Layer, known: readonly string[]): void {
  for (const name of Object.keys(layer.attributes)) {
    if (!known.includes(name)) refuse(layer, name, known.length === 0 ? 'absent' : `one of ${known.join(', ')}`);
  }
}

export function refuse(layer: Layer, attribute: string, expected: string): never {
  const value = JSON.stringify(layer.attributes[attribute]);
  return fail({
    reason: 'unsupported-layer',
    headline: `layer "${layer.name}" (${layer.op}) cannot be computed: ${attribute} is ${value}`,
    values: { layer: layer.name, operator: layer.op, attribute, value, expected },
    help: 'Change the attribute in the network, or tap a layer before this one.',
  });
}

function isNumbers(value: unknown, count: number, least: number): boolean {
  return (
    Array.isArray(value) && value.length === count && value.every((item) => Number.isInteger(item) && item >= least)
  );
}
