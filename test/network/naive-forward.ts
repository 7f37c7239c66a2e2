// The operators of a network, directly from their definitions, in float64, one image at a time and without any tensor
// library: the reference for folding and taps. Images are [channel][row][column], flat.
import type { Layer, Network } from '../../src/network/network.ts';
import { outputShapes } from '../../src/network/shapes.ts';
import { readTensor } from '../../src/network/tensor.ts';
import type { TensorBlobs } from '../../src/network/tensor.ts';

interface Value {
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly data: Float64Array;
}

type Weights = Readonly<Record<string, Float32Array>>;

/** Output of every layer, channels first. `image` is normalised, channels first too. */
export async function naiveForward(
  network: Network,
  image: Float64Array,
  read: TensorBlobs['read'],
): Promise<ReadonlyMap<string, Float64Array>> {
  const { height, width, channels } = network.input;
  const values = new Map<string, Value>([['input', { c: channels, h: height, w: width, data: image }]]);
  outputShapes(network); // throws if shapes do not fit
  for (const layer of network.layers) {
    const weights: Record<string, Float32Array> = {};
    for (const [slot, ref] of Object.entries(layer.weights)) weights[slot] = (await readTensor(ref, read)).data;
    values.set(
      layer.name,
      apply(
        layer,
        layer.inputs.map((name) => values.get(name) as Value),
        weights,
      ),
    );
  }
  return new Map([...values].map(([name, { data }]) => [name, data]));
}

function apply(layer: Layer, inputs: readonly Value[], weights: Weights): Value {
  const x = inputs[0] as Value;
  const n = x.h * x.w;
  switch (layer.op) {
    case 'conv':
      return conv(layer, x, weights);
    case 'batch-norm':
      return {
        ...x,
        data: x.data.map((v, i) => {
          const c = Math.floor(i / n);
          const scale =
            (weights['weight']?.[c] ?? 1) /
            Math.sqrt((weights['running_var']?.[c] as number) + (layer.attributes['epsilon'] as number));
          return (v - (weights['running_mean']?.[c] as number)) * scale + (weights['bias']?.[c] ?? 0);
        }),
      };
    case 'relu':
      return { ...x, data: x.data.map((v) => Math.max(v, 0)) };
    case 'add':
      return { ...x, data: x.data.map((_, i) => inputs.reduce((sum, value) => sum + (value.data[i] as number), 0)) };
    case 'global-avg-pool':
      return {
        c: x.c,
        h: 1,
        w: 1,
        data: Float64Array.from(
          { length: x.c },
          (_, c) => x.data.subarray(c * n, (c + 1) * n).reduce((a, b) => a + b, 0) / n,
        ),
      };
    case 'flatten':
      return { c: x.data.length, h: 1, w: 1, data: x.data };
    case 'linear': {
      const out = layer.weights['weight']?.shape[0] as number;
      const data = Float64Array.from({ length: out }, (_, o) =>
        x.data.reduce(
          (sum, v, i) => sum + v * (weights['weight']?.[o * x.data.length + i] as number),
          weights['bias']?.[o] ?? 0,
        ),
      );
      return { c: out, h: 1, w: 1, data };
    }
    case 'shortcut-a':
      return shortcut(layer, x);
    case 'max-pool':
      return maxPool(layer, x);
    case 'concat':
      return {
        c: inputs.reduce((sum, value) => sum + value.c, 0),
        h: x.h,
        w: x.w,
        data: Float64Array.from(inputs.flatMap((value) => [...value.data])),
      };
    default:
      throw new Error(`no naive ${layer.op}`);
  }
}

function conv(layer: Layer, x: Value, weights: Weights): Value {
  const [out, , kh, kw] = layer.weights['weight']?.shape as [number, number, number, number];
  const [sh, sw] = layer.attributes['stride'] as [number, number];
  const [top, bottom, left, right] = layer.attributes['padding'] as [number, number, number, number];
  const h = Math.floor((x.h + top + bottom - kh) / sh) + 1;
  const w = Math.floor((x.w + left + right - kw) / sw) + 1;
  const data = new Float64Array(out * h * w);
  const kernel = weights['weight'] as Float32Array;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        let sum = weights['bias']?.[o] ?? 0;
        for (let c = 0; c < x.c; c++)
          for (let u = 0; u < kh; u++)
            for (let v = 0; v < kw; v++) {
              const [row, column] = [i * sh + u - top, j * sw + v - left];
              if (row < 0 || column < 0 || row >= x.h || column >= x.w) continue;
              sum +=
                (kernel[((o * x.c + c) * kh + u) * kw + v] as number) *
                (x.data[(c * x.h + row) * x.w + column] as number);
            }
        data[(o * h + i) * w + j] = sum;
      }
  return { c: out, h, w, data };
}

function shortcut(layer: Layer, x: Value): Value {
  const stride = layer.attributes['stride'] as number;
  const c = layer.attributes['channels'] as number;
  const [h, w] = [Math.ceil(x.h / stride), Math.ceil(x.w / stride)];
  const before = (c - x.c) / 2;
  const data = new Float64Array(c * h * w);
  for (let k = 0; k < x.c; k++)
    for (let i = 0; i < h; i++)
      for (let j = 0; j < w; j++) {
        data[((k + before) * h + i) * w + j] = x.data[(k * x.h + i * stride) * x.w + j * stride] as number;
      }
  return { c, h, w, data };
}

function maxPool(layer: Layer, x: Value): Value {
  const [kh, kw] = layer.attributes['size'] as [number, number];
  const [h, w] = [Math.floor(x.h / kh), Math.floor(x.w / kw)]; // only windows without overlap
  const data = new Float64Array(x.c * h * w).fill(-Infinity);
  for (let c = 0; c < x.c; c++)
    for (let i = 0; i < h * kh; i++)
      for (let j = 0; j < w * kw; j++) {
        const at = (c * h + Math.floor(i / kh)) * w + Math.floor(j / kw);
        data[at] = Math.max(data[at] as number, x.data[(c * x.h + i) * x.w + j] as number);
      }
  return { c: x.c, h, w, data };
}
