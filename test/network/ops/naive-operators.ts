// Operators of networks and their derivatives from the definitions, in float64 and without any tensor library: the
// reference for every backend. Almost all are sums of terms (input value x weight value), so each is written once as
// the list of its terms; output, input gradient and weight gradient are three ways of summing them. Each sum also
// computes a bound on its rounding error.
import type { Layer } from '../../../src/network/network.ts';

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A result with, per element, the largest error that float32 arithmetic in any order can cause. */
export interface Bounded extends Values {
  readonly error: Float64Array;
}

export interface Derivatives {
  readonly inputs: readonly Bounded[];
  readonly weights: Readonly<Record<string, Bounded>>;
}

export interface Naive {
  readonly output: Bounded;
  readonly derivatives: (dy: Values) => Derivatives;
}

/** Unit roundoff of float32. */
const U = 2 ** -24;

export function size(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * A sum under construction. By the standard analysis (Higham 2002, section 3.1), the error of a sum of n products in
 * any order is at most (n + 1) u / (1 - (n + 1) u) times the sum of their absolute values.
 */
class Sums {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly #absolute: Float64Array;
  readonly #count: Float64Array;

  constructor(shape: readonly number[]) {
    this.shape = shape;
    this.data = new Float64Array(size(shape));
    this.#absolute = new Float64Array(this.data.length);
    this.#count = new Float64Array(this.data.length);
  }

  add(at: number, term: number): void {
    this.data[at]! += term;
    this.#absolute[at]! += Math.abs(term);
    this.#count[at]! += 1;
  }

  /** Ends the sum. `roundings` are additional ones per term, due to coefficients that are themselves rounded. */
  finish(roundings = 3): Bounded {
    const error = this.#absolute.map((sum, i) => {
      const n = (this.#count[i]! + roundings) * U;
      return (n / (1 - n)) * sum;
    });
    return { shape: this.shape, data: this.data, error };
  }
}

/**
 * Calls `term` for every product in the output: output index, index in the input `which`, index in `weight` or -1,
 * coefficient.
 */
type Terms = (term: (out: number, at: number, weight?: number, coefficient?: number, which?: number) => void) => void;

export function naive(
  layer: Layer,
  inputs: readonly Values[],
  weights: Readonly<Record<string, Values>>,
  outputShape: readonly number[],
): Naive {
  if (layer.op === 'relu' || layer.op === 'max-pool') return piecewise(layer, inputs[0]!, outputShape);
  const terms = TERMS[layer.op]!(layer, inputs, weights, outputShape);
  const bias = layer.op === 'batch-norm' ? undefined : weights['bias'];
  const channels = outputShape.at(-1)!;
  const output = new Sums(outputShape);
  const factors = layer.op === 'batch-norm' ? undefined : weights['weight'];
  terms((out, at, weight = -1, coefficient = 1, which = 0) => {
    output.add(out, inputs[which]!.data[at]! * (weight < 0 ? 1 : factors!.data[weight]!) * coefficient);
  });
  if (bias) output.data.forEach((_, i) => output.add(i, bias.data[i % channels]!));
  if (layer.op === 'batch-norm')
    output.data.forEach((_, i) => shiftTerms(layer, weights, i % channels, (t) => output.add(i, t)));
  return {
    output: output.finish(),
    derivatives(dy) {
      const dx = inputs.map((input) => new Sums(input.shape));
      const dw: Record<string, Sums> = factors ? { weight: new Sums(factors.shape) } : {};
      terms((out, at, weight = -1, coefficient = 1, which = 0) => {
        const error = dy.data[out]! * coefficient;
        dx[which]!.add(at, error * (weight < 0 ? 1 : factors!.data[weight]!));
        if (weight >= 0) dw['weight']!.add(weight, error * inputs[which]!.data[at]!);
      });
      if (bias) {
        const sums = (dw['bias'] = new Sums(bias.shape));
        dy.data.forEach((value, i) => sums.add(i % channels, value));
      }
      return {
        inputs: dx.map((sums) => sums.finish()),
        weights: Object.fromEntries(Object.entries(dw).map(([slot, sums]) => [slot, sums.finish()])),
      };
    },
  };
}

const TERMS: Readonly<
  Record<
    string,
    (
      layer: Layer,
      inputs: readonly Values[],
      weights: Readonly<Record<string, Values>>,
      outputShape: readonly number[],
    ) => Terms
  >
> = {
  conv: convTerms,
  'conv-transpose': convTransposeTerms,
  'batch-norm':
    (layer, [x], weights) =>
    (term) => {
      const channels = x!.shape.at(-1)!;
      x!.data.forEach((_, i) => term(i, i, -1, normScale(layer, weights, i % channels)));
    },
  add: (_, inputs) => (term) => inputs.forEach((x, which) => x.data.forEach((_v, i) => term(i, i, -1, 1, which))),
  concat: (_, inputs, _w, shape) => (term) => {
    let first = 0;
    inputs.forEach((x, which) => {
      const c = x.shape.at(-1)!;
      x.data.forEach((_v, i) => term(Math.floor(i / c) * shape.at(-1)! + first + (i % c), i, -1, 1, which));
      first += c;
    });
  },
  flatten:
    (_, [x]) =>
    (term) => {
      const [, height = 1, width = 1, channels = 1] = x!.shape.length === 4 ? x!.shape : [0, 1, 1, x!.shape[1]!];
      x!.data.forEach((_v, i) => {
        const [c, column] = [i % channels, Math.floor(i / channels) % width];
        const row = Math.floor(i / (channels * width)) % height;
        const image = Math.floor(i / (channels * width * height));
        term(((image * channels + c) * height + row) * width + column, i);
      });
    },
  linear:
    (_, [x], weights) =>
    (term) => {
      const [out, inner] = weights['weight']!.shape as [number, number];
      for (let image = 0; image < x!.shape[0]!; image++)
        for (let o = 0; o < out; o++)
          for (let i = 0; i < inner; i++) term(image * out + o, image * inner + i, o * inner + i);
    },
  'shortcut-a':
    (layer, [x], _w, [batch, h, w, out]) =>
    (term) => {
      const [, height, width, c] = x!.shape as [number, number, number, number];
      const stride = layer.attributes['stride'] as number;
      for (let b = 0; b < batch!; b++)
        for (let i = 0; i < h!; i++)
          for (let j = 0; j < w!; j++)
            for (let k = 0; k < c; k++) {
              const to = ((b * h! + i) * w! + j) * out! + (out! - c) / 2 + k;
              term(to, ((b * height + i * stride) * width + j * stride) * c + k);
            }
    },
  'global-avg-pool':
    (_, [x]) =>
    (term) => {
      const [, height, width, c] = x!.shape as [number, number, number, number];
      x!.data.forEach((_v, i) => term(Math.floor(i / (height * width * c)) * c + (i % c), i, -1, 1 / (height * width)));
    },
  'avg-pool':
    (layer, [x], _w, shape) =>
    (term) => {
      const [top, bottom, left, right] = layer.attributes['padding'] as [number, number, number, number];
      const [, height, width] = x!.shape as [number, number, number];
      const counted = layer.attributes['count_include_pad'] !== false;
      const clip = (from: number, length: number, before: number, after: number, extent: number): number =>
        counted
          ? Math.min(from + length, extent + after) - Math.max(from, -before)
          : Math.min(from + length, extent) - Math.max(from, 0);
      const [kh, kw] = layer.attributes['size'] as [number, number];
      eachWindow(layer, x!.shape, shape, (out, at, row, column) => {
        const area = clip(row, kh, top, bottom, height) * clip(column, kw, left, right, width);
        term(out, at, -1, 1 / area);
      });
    },
};

function convTerms(
  layer: Layer,
  [x]: readonly Values[],
  weights: Readonly<Record<string, Values>>,
  shape: readonly number[],
): Terms {
  const [batch, h, w, outputs] = shape as [number, number, number, number];
  const [, height, width, channels] = x!.shape as [number, number, number, number];
  const [, inner, kh, kw] = weights['weight']!.shape as [number, number, number, number];
  const { stride, dilation, before, groups } = convAttributes(layer);
  return (term) => {
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < h; i++)
        for (let j = 0; j < w; j++)
          for (let u = 0; u < kh; u++)
            for (let v = 0; v < kw; v++) {
              const row = i * stride[0] + u * dilation[0] - before[0];
              const column = j * stride[1] + v * dilation[1] - before[1];
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              for (let o = 0; o < outputs; o++)
                for (let c = 0; c < inner; c++) {
                  const from = Math.floor(o / (outputs / groups)) * inner + c;
                  term(
                    ((b * h + i) * w + j) * outputs + o,
                    ((b * height + row) * width + column) * channels + from,
                    ((o * inner + c) * kh + u) * kw + v,
                  );
                }
            }
  };
}

function convTransposeTerms(
  layer: Layer,
  [x]: readonly Values[],
  weights: Readonly<Record<string, Values>>,
  shape: readonly number[],
): Terms {
  const [batch, height, width, outputs] = shape as [number, number, number, number];
  const [, h, w, channels] = x!.shape as [number, number, number, number];
  const [, outer, kh, kw] = weights['weight']!.shape as [number, number, number, number];
  const { stride, dilation, before, groups } = convAttributes(layer);
  return (term) => {
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < h; i++)
        for (let j = 0; j < w; j++)
          for (let u = 0; u < kh; u++)
            for (let v = 0; v < kw; v++) {
              const row = i * stride[0] + u * dilation[0] - before[0];
              const column = j * stride[1] + v * dilation[1] - before[1];
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              for (let c = 0; c < channels; c++)
                for (let o = 0; o < outer; o++) {
                  const to = Math.floor(c / (channels / groups)) * outer + o;
                  term(
                    ((b * height + row) * width + column) * outputs + to,
                    ((b * h + i) * w + j) * channels + c,
                    ((c * outer + o) * kh + u) * kw + v,
                  );
                }
            }
  };
}

function convAttributes(layer: Layer): {
  stride: [number, number];
  dilation: [number, number];
  before: [number, number];
  groups: number;
} {
  const pair = (name: string): [number, number] => layer.attributes[name] as unknown as [number, number];
  const [top, , left] = layer.attributes['padding'] as unknown as [number, number, number];
  const groups = layer.attributes['groups'] as number;
  return { stride: pair('stride'), dilation: pair('dilation'), before: [top, left], groups };
}

/** Calls `visit` for every pixel of the image in every window, with the window's first row and column (may be negative). */
function eachWindow(
  layer: Layer,
  input: readonly number[],
  output: readonly number[],
  visit: (out: number, at: number, row: number, column: number) => void,
): void {
  const [batch, h, w, channels] = output as [number, number, number, number];
  const [, height, width] = input as [number, number, number];
  const [kh, kw] = layer.attributes['size'] as [number, number];
  const [sh, sw] = layer.attributes['stride'] as [number, number];
  const [top, , left] = layer.attributes['padding'] as [number, number, number];
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++)
        for (let u = 0; u < kh; u++)
          for (let v = 0; v < kw; v++) {
            const [row, column] = [i * sh - top + u, j * sw - left + v];
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            for (let c = 0; c < channels; c++) {
              const at = ((b * height + row) * width + column) * channels + c;
              visit(((b * h + i) * w + j) * channels + c, at, i * sh - top, j * sw - left);
            }
          }
}

function normScale(layer: Layer, weights: Readonly<Record<string, Values>>, c: number): number {
  const variance = weights['running_var']!.data[c]! + (layer.attributes['epsilon'] as number);
  return (weights['weight']?.data[c] ?? 1) / Math.sqrt(variance);
}

function shiftTerms(
  layer: Layer,
  weights: Readonly<Record<string, Values>>,
  c: number,
  add: (term: number) => void,
): void {
  add(-weights['running_mean']!.data[c]! * normScale(layer, weights, c));
  add(weights['bias']?.data[c] ?? 0);
}

/**
 * Operators that select values, which are exact in any arithmetic. The gradient goes to the selected value; among equal
 * values, to the first.
 */
function piecewise(layer: Layer, x: Values, outputShape: readonly number[]): Naive {
  const from = new Int32Array(size(outputShape)).fill(-1);
  if (layer.op === 'relu') x.data.forEach((value, i) => (from[i] = value > 0 ? i : -1));
  else
    eachWindow(layer, x.shape, outputShape, (out, at) => {
      if (from[out] === -1 || x.data[at]! > x.data[from[out]!]!) from[out] = at;
    });
  const data = Float64Array.from(from, (at) => (at === -1 ? 0 : x.data[at]!));
  return {
    output: { shape: outputShape, data, error: new Float64Array(data.length) },
    derivatives(dy) {
      const dx = new Sums(x.shape);
      from.forEach((at, out) => {
        if (at !== -1) dx.add(at, dy.data[out]!);
      });
      return { inputs: [dx.finish()], weights: {} };
    },
  };
}
