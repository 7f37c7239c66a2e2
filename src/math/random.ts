// Random numbers from a seed string: xoshiro128** (Blackman & Vigna 2021, "Scrambled linear pseudorandom number
// generators"), with Gaussians by the ziggurat method (Marsaglia & Tsang 2000). There is no global state. Equal seeds
// give equal numbers on every machine; streams of different seeds start at unrelated points of a cycle of length
// 2^128-1.

/**
 * Number of 32-bit words generated per call of `nextWords`. A loop with the state in local variables takes a third of
 * the time of generating words one by one.
 */
const BLOCK = 1024;

/** One stream of random numbers. */
export class Random {
  readonly #seed: string;
  readonly #state: Int32Array;
  readonly #words = new Int32Array(BLOCK);
  #used = BLOCK;

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
    if (this.#used === BLOCK) this.#refill();
    return this.#words[this.#used++]!;
  }

  /** Returns a uniform number in (0, 1), made from 32 random bits. */
  uniform(): number {
    return ((this.word() >>> 0) + 0.5) * 2 ** -32;
  }

  /** Returns a uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Returns one N(0, 1) number. */
  normal(): number {
    const word = this.word();
    const layer = word & 127;
    const u = ((word >> 7) + 0.5) * 2 ** -24;
    if (Math.abs(u) < RATIO[layer]!) return u * EDGE[layer]!;
    return this.#outside(layer, u);
  }

  /** Fills `out` with independent N(0, 1) numbers. */
  fillNormal(out: Float32Array | Float64Array): void {
    let filled = 0;
    while (filled < out.length) {
      if (this.#used === BLOCK) this.#refill();
      const count = fillInside(this.#words, this.#used, out, filled);
      this.#used += count;
      filled += count;
      if (filled < out.length && this.#used < BLOCK) out[filled++] = this.normal();
    }
  }

  /** Fills `out` with independent signs, 1 or -1. */
  fillSigns(out: Float32Array): void {
    for (let i = 0; i < out.length;) {
      let bits = this.word();
      for (const end = Math.min(out.length, i + 32); i < end; i++, bits >>>= 1) out[i] = 1 - 2 * (bits & 1);
    }
  }

  /** Returns a number in the rare case (one in fifty) that `u` is outside the rectangle of its ziggurat layer. */
  #outside(layer: number, u: number): number {
    for (;;) {
      if (layer === 0) return this.#tail(u < 0);
      const z = u * EDGE[layer]!;
      const upper = Math.exp(-0.5 * (EDGE[layer]! ** 2 - z * z));
      const lower = Math.exp(-0.5 * (EDGE[layer + 1]! ** 2 - z * z));
      if (lower + this.uniform() * (upper - lower) < 1) return z;
      const word = this.word();
      layer = word & 127;
      u = ((word >> 7) + 0.5) * 2 ** -24;
      if (Math.abs(u) < RATIO[layer]!) return u * EDGE[layer]!;
    }
  }

  #tail(negative: boolean): number {
    for (;;) {
      const x = -Math.log(this.uniform()) / TAIL;
      const y = -Math.log(this.uniform());
      if (2 * y >= x * x) return negative ? -TAIL - x : TAIL + x;
    }
  }

  #refill(): void {
    nextWords(this.#state, this.#words);
    this.#used = 0;
  }
}

/** Fills `out` with the next words of xoshiro128** and advances `state`, which has four words. */
export function nextWords(state: Int32Array, out: Int32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number];
  for (let i = 0; i < out.length; i++) {
    const product = Math.imul(b, 5);
    out[i] = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
  }
  state.set([a, b, c, d]);
}

/**
 * Converts `words`, from index `from` on, to N(0, 1) numbers, and writes them to `out`, from index `to` on. Stops at
 * the first word outside the rectangle of its ziggurat layer, and returns how many numbers it wrote. Comparing integers
 * is a quarter faster than calling normal() in a loop.
 */
function fillInside(words: Int32Array, from: number, out: Float32Array | Float64Array, to: number): number {
  const count = Math.min(words.length - from, out.length - to);
  for (let k = 0; k < count; k++) {
    const word = words[from + k]!;
    const layer = word & 127;
    const u = word >> 7;
    if ((u ^ (u >> 31)) >= INSIDE[layer]!) return k; // u ^ (u >> 31) = |u + 1/2| - 1/2
    out[to + k] = (u + 0.5) * SCALE[layer]!;
  }
  return count;
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
/** RATIO in units of 2^-24, for the integer u of `fillInside`. */
const INSIDE = Int32Array.from(RATIO, (ratio) => Math.ceil(ratio * 2 ** 24 - 0.5));
const SCALE = EDGE.map((edge) => edge * 2 ** -24);
