// Shapes: a procedural data set. Each image shows one textured shape of ten classes on a darker, textured background,
// with random position, size, rotation and colours, and an exact mask. Image k depends only on the seed, the size and
// k, not on the number of images.
import type { Random } from '../math/random.ts';
import { outlines, shapeClasses, type Outline } from './outlines.ts';
import { between, drawTexture, type Texture } from './textures.ts';
import type { ImageSet, LabelledImage } from './image-set.ts';

export interface ShapesOptions {
  readonly count: number;
  /** Height and width of the images in pixels. */
  readonly size: number;
  readonly seed: string;
  /** Index of the first image. Two ranges of the same seed that do not overlap can serve as training and test set. */
  readonly offset?: number;
}

/** Number of sampling points per pixel in each direction. The 4 x 4 points give 17 levels of coverage by the shape. */
const samples = 4;

export function makeShapes({ count, size, seed, offset = 0 }: ShapesOptions): ImageSet {
  return {
    name: `shapes-${size}`,
    classes: shapeClasses,
    count,
    remarks: [],
    async *images() {
      const { Random } = await import('../math/random.ts');
      const root = new Random(`shapes/1/${seed}`);
      for (let index = offset; index < offset + count; index++) {
        yield drawShape(index, size, root);
        if (index % 32 === 31) await new Promise(setImmediate); // lets the event loop run in between
      }
    },
  };
}

type Colour = readonly [number, number, number];

/**
 * Draws image `index` from the random stream `root`. Every ten consecutive images contain each class once, in random
 * order.
 */
export function drawShape(index: number, size: number, root: Random): LabelledImage {
  const label = labelOf(index, root);
  const random = root.split(index);
  const paint = choosePaint(random);
  const cover = coverage(outlines[shapeClasses[label] as string] as Outline, choosePose(random), size);
  const pixels = new Uint8Array(size * size * 3);
  const mask = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const i = row * size + column;
      const [x, y] = [(column + 0.5) / size, (row + 0.5) / size];
      const share = (cover[i] as number) / (samples * samples);
      const behind = paint.background.texture(x, y);
      const before = paint.object.texture(x, y);
      for (let c = 0; c < 3; c++) {
        const value =
          share * mix(paint.object.colours, before, c) + (1 - share) * mix(paint.background.colours, behind, c);
        pixels[3 * i + c] = Math.floor(
          Math.min(1, Math.max(0, value + paint.grain * (random.uniform() - 0.5))) * 255 + 0.5,
        );
      }
      mask[i] = share >= 0.5 ? 1 : 0;
    }
  }
  return { pixels, height: size, width: size, channels: 3, label, name: `shape-${index}`, mask };
}

function labelOf(index: number, root: Random): number {
  const block = Math.floor(index / shapeClasses.length);
  const random = root.split(`labels/${block}`);
  const left = shapeClasses.map((_, label) => label);
  let label = 0;
  for (let k = 0; k <= index % shapeClasses.length; k++) label = left.splice(random.below(left.length), 1)[0] as number;
  return label;
}

interface Pose {
  /** Centre and radius, relative to the side of the image; the shape lies completely inside the image. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly turn: readonly [number, number];
}

function choosePose(random: Random): Pose {
  const radius = between(random, 0.28, 0.42);
  const place = (): number => between(random, radius, 1 - radius);
  return { x: place(), y: place(), radius, turn: chooseTilt(random) };
}

/**
 * Draws a rotation [cos, sin] by at most 27 degrees in either direction. Only square root and division are used,
 * because they give the same result on every machine (IEEE arithmetic).
 */
function chooseTilt(random: Random): readonly [number, number] {
  const slope = between(random, -0.5, 0.5);
  const length = Math.sqrt(1 + slope * slope);
  return [1 / length, slope / length];
}

interface Paint {
  readonly colours: readonly [Colour, Colour];
  readonly texture: Texture;
}

/**
 * Draws the paint of the object and of the background. Colours and textures are independent of the class. In greyscale,
 * the object is lighter than the background, whatever its texture.
 */
function choosePaint(random: Random): { readonly object: Paint; readonly background: Paint; readonly grain: number } {
  const colour = (): Colour => [random.uniform(), random.uniform(), random.uniform()];
  const near = (centre: Colour): Colour =>
    centre.map((value) => clamp(value + between(random, -0.15, 0.15))) as unknown as Colour;
  const pair = (): readonly [Colour, Colour] => {
    const first = colour();
    return [first, near(first)];
  };
  for (;;) {
    const [dark, light] = [pair(), pair()];
    if (Math.min(...light.map(grey)) - Math.max(...dark.map(grey)) > 0.2) {
      return {
        background: { colours: dark, texture: drawTexture(random) },
        object: { colours: light, texture: drawTexture(random) },
        grain: between(random, 0.02, 0.1),
      };
    }
  }
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const grey = ([r, g, b]: Colour): number => 0.3 * r + 0.59 * g + 0.11 * b;

function mix([from, to]: readonly [Colour, Colour], share: number, channel: number): number {
  return (from[channel] as number) * (1 - share) + (to[channel] as number) * share;
}

/** Returns the number of sampling points inside the outline, for every pixel. */
function coverage(inside: Outline, { x: cx, y: cy, radius, turn: [cos, sin] }: Pose, size: number): Uint8Array {
  const cover = new Uint8Array(size * size);
  for (let row = 0; row < size * samples; row++) {
    const v = ((row + 0.5) / (size * samples) - cy) / radius;
    if (v * v > 1) continue;
    for (let column = 0; column < size * samples; column++) {
      const u = ((column + 0.5) / (size * samples) - cx) / radius;
      if (u * u + v * v > 1) continue;
      if (inside(u * cos + v * sin, u * sin - v * cos)) {
        const i = Math.floor(row / samples) * size + Math.floor(column / samples);
        cover[i] = (cover[i] as number) + 1;
      }
    }
  }
  return cover;
}
