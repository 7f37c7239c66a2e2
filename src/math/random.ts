// Random numbers from a seed string: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"),
// a counter-based generator, and Gaussians by the ziggurat (Marsaglia & Tsang 2000). Nothing here is global: equal seeds give
// equal numbers on every machine, and streams of different seeds are independent.

const BLOCK = 1024;

/** One stream of random numbers. */
export class Random {
  readonly #seed: string;
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  readonly #words = new Int32Array(BLOCK);
  #used = BLOCK;
  #counter = 0;

  constructor(seed: string) {
    const [a, b, c, d] = hash128(seed);
    this.#seed = seed;
    this.#key = [a, b];
    this.#stream = [c, d];
  }

  /** The stream of a purpose within this seed; independent of how much of this one was used. */
  split(label: string | number): Random {
    return new Random(`${this.#seed}/${label}`);
  }

  /** 32 random bits as a signed integer. */
  word(): number {
    if (this.#used === BLOCK) this.#refill();
    return this.#words[this.#used++]!;
  }

  /** Uniform in (0, 1), 32 bits. */
  uniform(): number {
    return ((this.word() >>> 0) + 0.5) * 2 ** -32;
  }

  /** Uniform integer in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** One N(0, 1) number. */
  normal(): number {
    const word = this.word();
    const layer = word & 127;
    const u = ((word >> 7) + 0.5) * 2 ** -24;
    if (Math.abs(u) < RATIO[layer]!) return u * EDGE[layer]!;
    return this.#outside(layer, u);
  }

  /** Fills `out` with independent N(0, 1) numbers. */
  fillNormal(out: Float32Array | Float64Array): void {
    const words = this.#words;
    for (let i = 0; i < out.length; i++) {
      if (this.#used === BLOCK) this.#refill();
      const word = words[this.#used++]!;
      const layer = word & 127;
      const u = ((word >> 7) + 0.5) * 2 ** -24;
      out[i] = Math.abs(u) < RATIO[layer]! ? u * EDGE[layer]! : this.#outside(layer, u);
    }
  }

  /** The one case in fifty outside the rectangle of a ziggurat layer: its wedge, or the tail. */
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
    for (let i = 0; i < BLOCK; i += 4) {
      philox4x32(
        this.#counter % 2 ** 32,
        Math.floor(this.#counter / 2 ** 32),
        this.#stream[0],
        this.#stream[1],
        this.#key,
        this.#words,
        i,
      );
      this.#counter += 1;
    }
    this.#used = 0;
  }
}

/** Ten rounds of Philox on the counter (c0, c1, c2, c3); four words are written to `out` from `at`. */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  key: readonly [number, number],
  out: Int32Array,
  at: number,
): void {
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(0xd2511f53, c0) >>> 0;
    const low1 = Math.imul(0xcd9e8d57, c2) >>> 0;
    // The product has up to 64 bits; without its low 32, the double's rounding error is below 2^-20 of the rest.
    const high0 = Math.floor((0xd2511f53 * c0 - low0) * 2 ** -32 + 0.5);
    const high1 = Math.floor((0xcd9e8d57 * c2 - low1) * 2 ** -32 + 0.5);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** 128 bits of a string: four multiplicative hashes with different multipliers, each mixed to the end. */
function hash128(text: string): readonly [number, number, number, number] {
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
  return [
    lane(0x243f6a88, 0x9e3779b1),
    lane(0x85a308d3, 0x85ebca77),
    lane(0x13198a2e, 0xc2b2ae3d),
    lane(0x03707344, 0x27d4eb2f),
  ];
}

// The ziggurat of 128 layers: right edges, and the part of each that lies under the next one.
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
