// Shapes: what every operator makes of the shapes of its inputs, and which weights it needs. Pure, no tensors.
// Feature shapes are of one image: [height, width, channels], or [features] once flattened.
import type { InputSpec, Layer } from './network.ts';

export type Shape = readonly number[];

/** A layer of which only the shapes of the weights are known (a zoo plan), or a layer of a network. */
export interface LayerShape extends Omit<Layer, 'weights'> {
  readonly weights: Readonly<Record<string, { readonly shape: Shape }>>;
}

interface Operator {
  /** Number of inputs; a minimum where it ends with `+`. */
  readonly inputs: '1' | '1+' | '2+';
  /** Slots of weights; those ending with `?` may be absent. */
  readonly weights: readonly string[];
  /** Shape of the output; throws `RangeError` where the inputs or weights do not fit. */
  output(inputs: readonly Shape[], layer: LayerShape): Shape;
}

const same: Operator['output'] = ([x]) => x as Shape;

/** The operators a network may use; the arithmetic is in the compiler. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  conv: { inputs: '1', weights: ['weight', 'bias?'], output: convShape },
  'conv-transpose': { inputs: '1', weights: ['weight', 'bias?'], output: convTransposeShape },
  'batch-norm': { inputs: '1', weights: ['weight?', 'bias?', 'running_mean', 'running_var'], output: batchNormShape },
  relu: { inputs: '1', weights: [], output: same },
  add: { inputs: '2+', weights: [], output: addShape },
  'max-pool': { inputs: '1', weights: [], output: poolShape },
  'avg-pool': { inputs: '1', weights: [], output: poolShape },
  'global-avg-pool': { inputs: '1', weights: [], output: ([x]) => [image(x)[2]] },
  flatten: { inputs: '1', weights: [], output: ([x]) => [(x as Shape).reduce((n, size) => n * size, 1)] },
  linear: { inputs: '1', weights: ['weight', 'bias?'], output: linearShape },
  'shortcut-a': { inputs: '1', weights: [], output: shortcutShape },
  concat: { inputs: '1+', weights: [], output: concatShape },
};

/** Output shape of every layer by name, and of `input`. Throws `RangeError` naming the first layer that does not fit. */
export function outputShapes(network: {
  readonly input: InputSpec;
  readonly layers: readonly LayerShape[];
}): ReadonlyMap<string, Shape> {
  const { height, width, channels } = network.input;
  const shapes = new Map<string, Shape>([['input', [height, width, channels]]]);
  for (const layer of network.layers) {
    try {
      shapes.set(layer.name, layerShape(layer, shapes));
    } catch (error) {
      throw new RangeError(
        `layer ${layer.name} (${layer.op}): ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
  return shapes;
}

function layerShape(layer: LayerShape, shapes: ReadonlyMap<string, Shape>): Shape {
  const operator = Object.hasOwn(OPERATORS, layer.op) ? OPERATORS[layer.op] : undefined;
  if (!operator) throw new RangeError(`unknown operator; there are ${Object.keys(OPERATORS).join(', ')}`);
  const inputs = layer.inputs.map((name) => {
    const shape = shapes.get(name);
    if (!shape) throw new RangeError(`its input ${name} is not a layer before it`);
    return shape;
  });
  const least = parseInt(operator.inputs, 10);
  if (inputs.length < least || (!operator.inputs.endsWith('+') && inputs.length > least)) {
    throw new RangeError(`takes ${operator.inputs.replace('+', ' or more')} inputs, has ${inputs.length}`);
  }
  checkSlots(operator, layer);
  const shape = operator.output(inputs, layer);
  if (!shape.every((size) => Number.isInteger(size) && size > 0))
    throw new RangeError(`its output would be empty: ${show(shape)}`);
  return shape;
}

function checkSlots(operator: Operator, layer: LayerShape): void {
  const known = operator.weights.map((slot) => slot.replace('?', ''));
  for (const slot of operator.weights)
    if (!slot.endsWith('?') && !layer.weights[slot]) throw new RangeError(`has no ${slot}`);
  for (const slot of Object.keys(layer.weights))
    if (!known.includes(slot)) throw new RangeError(`has a weight ${slot} it does not use`);
}

function convShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const [height, width, channels] = image(x);
  const [out, inner, kh, kw] = weightShape(layer, 4) as [number, number, number, number];
  const groups = typeof layer.attributes['groups'] === 'number' ? layer.attributes['groups'] : 1;
  if (inner * groups !== channels || out % groups !== 0)
    throw new RangeError(
      `weight ${show([out, inner, kh, kw])} in ${groups} group(s) does not fit ${channels} channels`,
    );
  expectBias(layer, out);
  const [dh, dw] = pair(layer, 'dilation');
  return [...windows(layer, [height, width], [(kh - 1) * dh + 1, (kw - 1) * dw + 1], false), out];
}

function convTransposeShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const [height, width, channels] = image(x);
  const [inner, outer, kh, kw] = weightShape(layer, 4) as [number, number, number, number];
  const groups = typeof layer.attributes['groups'] === 'number' ? layer.attributes['groups'] : 1;
  if (inner !== channels)
    throw new RangeError(`weight ${show([inner, outer, kh, kw])} does not fit ${channels} channels`);
  expectBias(layer, outer * groups);
  const [sh, sw] = pair(layer, 'stride');
  const [dh, dw] = pair(layer, 'dilation');
  const [top, bottom, left, right] = padding(layer);
  const extra = layer.attributes['outputPadding'];
  const [eh, ew] = (Array.isArray(extra) ? extra : [0, 0]) as [number, number];
  return [
    (height - 1) * sh - top - bottom + (kh - 1) * dh + 1 + eh,
    (width - 1) * sw - left - right + (kw - 1) * dw + 1 + ew,
    outer * groups,
  ];
}

function batchNormShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const channels = (x as Shape).at(-1) as number;
  for (const [slot, { shape }] of Object.entries(layer.weights)) {
    if (shape.length !== 1 || shape[0] !== channels)
      throw new RangeError(`${slot} ${show(shape)} does not fit ${channels} channels`);
  }
  return x as Shape;
}

function addShape(inputs: readonly Shape[]): Shape {
  const [first, ...others] = inputs;
  for (const other of others)
    if (show(other) !== show(first as Shape))
      throw new RangeError(`cannot add ${show(first as Shape)} and ${show(other)}`);
  return first as Shape;
}

function poolShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const [height, width, channels] = image(x);
  return [...windows(layer, [height, width], pair(layer, 'size'), layer.attributes['ceil'] === true), channels];
}

function linearShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const [out, inner] = weightShape(layer, 2) as [number, number];
  const shape = x as Shape;
  const features =
    shape.length === 1 ? shape[0] : shape.length === 3 && shape[0] === 1 && shape[1] === 1 ? shape[2] : undefined;
  if (features !== inner) throw new RangeError(`weight ${show([out, inner])} does not fit an input of ${show(shape)}`);
  expectBias(layer, out);
  return [out];
}

function shortcutShape([x]: readonly Shape[], layer: LayerShape): Shape {
  const [height, width, channels] = image(x);
  const stride = Number(layer.attributes['stride'] ?? 2);
  const out = Number(layer.attributes['channels']);
  if (out < channels || (out - channels) % 2 !== 0)
    throw new RangeError(`cannot pad ${channels} channels to ${out} equally on both sides`);
  return [Math.ceil(height / stride), Math.ceil(width / stride), out];
}

function concatShape(inputs: readonly Shape[]): Shape {
  const first = inputs[0] as Shape;
  for (const other of inputs)
    if (show(other.slice(0, -1)) !== show(first.slice(0, -1)))
      throw new RangeError(`cannot join ${show(first)} and ${show(other)}`);
  return [...first.slice(0, -1), inputs.reduce((sum, shape) => sum + (shape.at(-1) as number), 0)];
}

/** Number of window positions in height and width. */
function windows(
  layer: LayerShape,
  [height, width]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  ceil: boolean,
): [number, number] {
  const [sh, sw] = pair(layer, 'stride');
  const [top, bottom, left, right] = padding(layer);
  const count = (size: number, before: number, after: number, kernel: number, stride: number): number => {
    const steps = (size + before + after - kernel) / stride;
    if (!ceil) return Math.floor(steps) + 1;
    const rounded = Math.ceil(steps) + 1;
    return (rounded - 1) * stride >= size + before ? rounded - 1 : rounded; // no window may start beyond the image
  };
  return [count(height, top, bottom, kh, sh), count(width, left, right, kw, sw)];
}

function image(shape: Shape | undefined): readonly [number, number, number] {
  if (shape?.length !== 3) throw new RangeError(`takes an image [height, width, channels], not ${show(shape ?? [])}`);
  return shape as unknown as readonly [number, number, number];
}

function pair(layer: LayerShape, name: string): [number, number] {
  const value = layer.attributes[name];
  return Array.isArray(value) ? (value as [number, number]) : [1, 1];
}

function padding(layer: LayerShape): [number, number, number, number] {
  const value = layer.attributes['padding'];
  return Array.isArray(value) ? (value as [number, number, number, number]) : [0, 0, 0, 0];
}

function weightShape(layer: LayerShape, rank: number): Shape {
  const shape = layer.weights['weight']?.shape ?? [];
  if (shape.length !== rank) throw new RangeError(`weight ${show(shape)} does not have ${rank} dimensions`);
  return shape;
}

function expectBias(layer: LayerShape, channels: number): void {
  const shape = layer.weights['bias']?.shape;
  if (shape && (shape.length !== 1 || shape[0] !== channels))
    throw new RangeError(`bias ${show(shape)} does not fit ${channels} outputs`);
}

function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
