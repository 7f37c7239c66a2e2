// Instantiates the WebAssembly functions of scripts/noise-wat.ts, which generate random numbers.
import { NOISE_LAYOUT } from './noise-layout.ts';
import { NOISE_WASM } from './noise-module.ts';

/** Functions of the WebAssembly module. scripts/noise-wat.ts documents them. */
interface Functions {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly normals32: (count: number) => void;
  readonly normals64: (count: number) => void;
  readonly signs: (words: number) => void;
}

/** The functions, and views of their memory. */
export interface NoiseFunctions extends Functions {
  readonly state: Int32Array;
  readonly output32: Float32Array;
  readonly output64: Float64Array;
}

export interface Ziggurat {
  /** Limit of |u + 1/2| - 1/2 for the rectangle of each layer, 128 values. */
  readonly limits: Int32Array;
  /** Factor of u + 1/2 in each layer, 128 values. */
  readonly scales: Float64Array;
  /** Returns the number for a word outside the rectangle of its layer. It may take further words from `state`. */
  readonly outside: (word: number, state: Int32Array) => number;
}

export function instantiateNoise({ limits, scales, outside }: Ziggurat): NoiseFunctions {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyClasses }).WebAssembly;
  const imports = { random: { outside: (word: number): number => outside(word, state) } };
  const functions = new Instance(new Module(Buffer.from(NOISE_WASM, 'base64')), imports).exports as Functions;
  const { buffer } = functions.memory;
  const { output, outputBytes } = NOISE_LAYOUT;
  const state = new Int32Array(buffer, NOISE_LAYOUT.state, 4);
  new Int32Array(buffer, NOISE_LAYOUT.limits, limits.length).set(limits);
  new Float64Array(buffer, NOISE_LAYOUT.scales, scales.length).set(scales);
  return {
    ...functions,
    state,
    output32: new Float32Array(buffer, output, outputBytes / Float32Array.BYTES_PER_ELEMENT),
    output64: new Float64Array(buffer, output, outputBytes / Float64Array.BYTES_PER_ELEMENT),
  };
}

/** WebAssembly types, which TypeScript declares only for browsers. */
interface WebAssemblyClasses {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}
