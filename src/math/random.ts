// Random numbers from a seed string: xoshiro128** (Blackman & Vigna 2021, "Scrambled linear pseudorandom number
// generators"), with Gaussians by the ziggurat method (Marsaglia & Tsang 2000). There is no global state. Equal seeds
// give equal numbers on every machine; streams of different seeds start at unrelated points of a cycle of length
// 2^128-1. Many numbers at once come from WebAssembly, bit for bit as from normal().
import { instantiateNoise } from './noise-functions.ts';
import type { NoiseFunctions } from './noise-functions.ts';

/** One stream of random numbers. */
export class Random {
  readonly #seed: string;
  readonly #state: Int32Array;

  constructor(seed: string) {
    this.#seed = seed;
    this.#state = hash128(seed);
  }

  /**
   * Returns an independent stream for the purpose `label`. The new stream does not depend on how many numbers were
   * drawn from this stream.
   */
  split(label: string | number): Random {
    return new Random(`${this.#seed}/${label}`);
  }

  /** Returns 32 random bits as a signed integer. */
  word(): number {
    return nextWord(this.#state);
  }

  /** Returns a uniform number in (0, 1), made from 32 random bits. */
  uniform(): number {
    return uniformOf(this.word());
  }

  /** Returns a uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Returns one N(0, 1) number. */
  normal(): number {
    return normalOf(this.word(), this.#state);
  }

  /** Fills `out` with independent N(0, 1) numbers. */
  fillNormal(out: Float32Array | Float64Array): void {
    const noise = noiseFunctions();
    const isWide = out instanceof Float64Array;
    const [fill, output] = isWide ? [noise.normals64, noise.output64] : [noise.normals32, noise.output32];
    this.#fill(out, output, fill);
  }

  /** Fills `out` with independent signs, 1 or -1, each from one bit of a word. */
  fillSigns(out: Float32Array): void {
    const { signs, output32 } = noiseFunctions();
    this.#fill(out, output32, (count) => signs(Math.ceil(count / 32)));
  }

  /** Fills `out` in blocks of at most `output.length` numbers, which `fill` writes to `output`. */
  #fill<T extends Float32Array | Float64Array>(out: T, output: T, fill: (count: number) => void): void {
    const { state } = noiseFunctions();
    state.set(this.#state);
    for (let start = 0; start < out.length; start += output.length) {
      const count = Math.min(output.length, out.length - start);
      fill(count);
      out.set(output.subarray(0, count), start);
    }
    this.#state.set(state);
  }
}

/** Returns the next word of xoshiro128** and advances `state`, which has four words. */
export function nextWord(state: Int32Array): number {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  const product = Math.imul(b, 5);
  const word = Math.imul((product << 7) | (product >>> 25), 9);
  const shifted = b << 9;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  c ^= shifted;
  d = (d << 11) | (d >>> 21);
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
  return word;
}

/** Returns the N(0, 1) number of `word`. In the rare case (one in fifty), it takes further words from `state`. */
function normalOf(word: number, state: Int32Array): number {
  for (;;) {
    const layer = word & 127;
    const u = ((word >> 7) + 0.5) * 2 ** -24;
    if (Math.abs(u) < RATIO[layer]!) return u * EDGE[layer]!;
    if (layer === 0) return tail(u < 0, state);
    const z = u * EDGE[layer]!;
    const upper = Math.exp(-0.5 * (EDGE[layer]! ** 2 - z * z));
    const lower = Math.exp(-0.5 * (EDGE[layer + 1]! ** 2 - z * z));
    if (lower + uniformOf(nextWord(state)) * (upper - lower) < 1) return z;
    word = nextWord(state);
  }
}

/** Returns a number beyond TAIL, or below -TAIL. */
function tail(isNegative: boolean, state: Int32Array): number {
  for (;;) {
    const x = -Math.log(uniformOf(nextWord(state))) / TAIL;
    const y = -Math.log(uniformOf(nextWord(state)));
    if (2 * y >= x * x) return isNegative ? -TAIL - x : TAIL + x;
  }
}

/** Returns the uniform number in (0, 1) of a word. */
function uniformOf(word: number): number {
  return ((word >>> 0) + 0.5) * 2 ** -32;
}

/** 128-bit hash of a string: four multiplicative hashes with different multipliers, each with a final mix. */
function hash128(text: string): Int32Array {
  const lane = (start: number, multiplier: number): number => {
    let h = start;
    for (let i = 0; i < text.length; i++) {
      h = Math.imul(h ^ text.charCodeAt(i), multiplier);
      h ^= h >>> 15;
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  };
  return Int32Array.of(
    lane(0x243f6a88, 0x9e3779b1),
    lane(0x85a308d3, 0x85ebca77),
    lane(0x13198a2e, 0xc2b2ae3d),
    lane(0x03707344, 0x27d4eb2f),
  );
}

// Ziggurat with 128 layers. EDGE: right edge of each layer. RATIO: right edge of the layer above, divided by the right
// edge of the layer.
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
const EDGE = new Float64Array(129);
const RATIO = new Float64Array(128);
EDGE[0] = AREA / Math.exp(-0.5 * TAIL * TAIL);
EDGE[1] = TAIL;
for (let i = 2; i < 128; i++) {
  const last = EDGE[i - 1]!;
  EDGE[i] = Math.sqrt(-2 * Math.log(AREA / last + Math.exp(-0.5 * last * last)));
}
for (let i = 0; i < 128; i++) RATIO[i] = EDGE[i + 1]! / EDGE[i]!;
/** RATIO in units of 2^-24, for |u + 1/2| - 1/2, where u is an integer. */
const INSIDE = Int32Array.from(RATIO, (ratio) => Math.ceil(ratio * 2 ** 24 - 0.5));
const SCALE = EDGE.slice(0, 128).map((edge) => edge * 2 ** -24);

let instance: NoiseFunctions | undefined;

/** Returns the WebAssembly functions, which are instantiated when they are first needed. */
function noiseFunctions(): NoiseFunctions {
  return (instance ??= instantiateNoise({ limits: INSIDE, scales: SCALE, outside: normalOf }));
}
