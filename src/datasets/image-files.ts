// From image files with masks or boxes to the images of a set: the part that every layout of files shares. Knows no layout.
import { fail } from '../runtime/contracts/failure.ts';
import { decodeImage } from './decode-image.ts';
import type { LabelledImage } from './image-set.ts';

/** In pixels of the image as stored; x and y are the upper left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ImageFile {
  readonly path: string;
  readonly name: string;
  readonly label: number;
  /** Where the object is: a mask file (0 is background, 255 is object) wins over a box. */
  readonly mask?: string;
  readonly box?: Box;
}

interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Decodes the files one after the other, with their masks.
 * Fails with `unreadable-image` or `mask-size`, naming the files.
 */
export async function* loadImages(files: readonly ImageFile[]): AsyncGenerator<LabelledImage> {
  for (const file of files) {
    const image = await decodeImage(file.path);
    const size = { height: image.height, width: image.width };
    const mask =
      file.mask !== undefined ? await readMask(file.mask, file.path, size) : file.box && maskOfBox(file.box, size);
    yield { ...image, channels: 3, label: file.label, name: file.name, ...(mask && { mask }) };
  }
}

async function readMask(path: string, image: string, size: ImageSize): Promise<Uint8Array> {
  const { pixels, height, width } = await decodeImage(path);
  if (height !== size.height || width !== size.width) {
    fail({
      reason: 'mask-size',
      headline: 'a mask has another size than its image',
      values: {
        image,
        'image size': `${size.width} x ${size.height}`,
        mask: path,
        'mask size': `${width} x ${height}`,
      },
      help: 'A mask marks every pixel of its image: give it the same width and height.',
    });
  }
  return Uint8Array.from({ length: height * width }, (_, i) => ((pixels[3 * i] as number) > 127 ? 1 : 0));
}

/** 1 for pixels whose centre lies in the box. */
export function maskOfBox(box: Box, { height, width }: ImageSize): Uint8Array {
  const mask = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    if (y + 0.5 < box.y || y + 0.5 > box.y + box.height) continue;
    for (let x = 0; x < width; x++) if (x + 0.5 >= box.x && x + 0.5 <= box.x + box.width) mask[y * width + x] = 1;
  }
  return mask;
}
