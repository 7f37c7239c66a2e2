// Textures of the shapes data set: functions from the unit square to [0, 1]. They use no trigonometric functions, so
// that every machine draws the same pixels.
import type { Random } from '../math/random.ts';

/** Function from points (x, y) of the unit square to values in [0, 1]. */
export type Texture = (x: number, y: number) => number;

/** Uniform random number in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/**
 * Uniform random direction [cos, sin]. Only square root and division are used. Unlike sine and cosine, they give the
 * same result on every machine (IEEE arithmetic).
 */
function drawDirection(random: Random): readonly [number, number] {
  for (;;) {
    const x = between(random, -1, 1);
    const y = between(random, -1, 1);
    const square = x * x + y * y;
    if (square > 0.01 && square <= 1) return [x / Math.sqrt(square), y / Math.sqrt(square)];
  }
}

const fraction = (value: number): number => value - Math.floor(value);
/** Triangle wave: 0 -> 1 -> 0 over one period. */
const wave = (value: number): number => 1 - Math.abs(2 * fraction(value) - 1);

/** Smooth noise: random values at the corners of `cells` x `cells` cells, interpolated inside each cell. */
function noise(random: Random, cells: number): Texture {
  const side = cells + 2;
  const lattice = Float64Array.from({ length: side * side }, () => random.uniform());
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  return (x, y) => {
    const column = Math.floor(x * cells);
    const row = Math.floor(y * cells);
    const [u, v] = [smooth(x * cells - column), smooth(y * cells - row)];
    const at = (r: number, c: number): number => lattice[r * side + c] as number;
    const above = at(row, column) * (1 - u) + at(row, column + 1) * u;
    const below = at(row + 1, column) * (1 - u) + at(row + 1, column + 1) * u;
    return above * (1 - v) + below * v;
  };
}

/** Families of textures; each draws its own parameters. */
const families: readonly ((random: Random) => Texture)[] = [
  (random) => {
    const [cos, sin] = drawDirection(random); // a gradient from side to side
    return (x, y) => Math.min(1, Math.max(0, 0.5 + (x - 0.5) * cos + (y - 0.5) * sin));
  },
  (random) => {
    const [cos, sin] = drawDirection(random); // stripes
    const [frequency, phase] = [between(random, 3, 8), random.uniform()];
    return (x, y) => wave((x * cos + y * sin) * frequency + phase);
  },
  (random) => {
    const [cos, sin] = drawDirection(random); // a rotated chessboard with soft edges
    const [frequency, phase] = [between(random, 2, 5), random.uniform()];
    const hard = (t: number): number => Math.min(1, Math.max(0, (t - 0.5) * 4 + 0.5));
    return (x, y) => {
      const [a, b] = [hard(wave((x * cos + y * sin) * frequency + phase)), hard(wave((y * cos - x * sin) * frequency))];
      return a * b + (1 - a) * (1 - b);
    };
  },
  (random) => {
    const frequency = between(random, 3, 7); // round dots
    const [dx, dy, radius] = [random.uniform(), random.uniform(), between(random, 0.25, 0.4)];
    return (x, y) => {
      const [u, v] = [fraction(x * frequency + dx) - 0.5, fraction(y * frequency + dy) - 0.5];
      return Math.min(1, Math.max(0, (radius - Math.sqrt(u * u + v * v)) * 8 + 0.5));
    };
  },
  (random) => noise(random, 3),
  (random) => {
    const [coarse, fine] = [noise(random, 5), noise(random, 14)]; // noise at two scales
    return (x, y) => 0.6 * coarse(x, y) + 0.4 * fine(x, y);
  },
];

export function drawTexture(random: Random): Texture {
  return (families[random.below(families.length)] as (random: Random) => Texture)(random);
}
